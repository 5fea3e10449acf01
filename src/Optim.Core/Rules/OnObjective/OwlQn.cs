namespace Optim;

/// <summary>L-BFGS for a smooth objective and an L1 penalty, which makes parameters exactly 0: lasso, sparse regressions.</summary>
/// <formula>
/// F = f + sum of l1 |p|; v the pseudo-gradient of F: 0 at a p of 0 where |g| is at most l1
/// d = -H v from the last m pairs (s, y) of p and the gradient of f, 0 where it does not go against v
/// t by backtracking from 1, p + t d brought back to 0 where it leaves the orthant of p, or that of -v where p is 0
/// p = p + t d, brought back; s, y = the changes of p and of the gradient of f
/// </formula>
/// <paper>Andrew and Gao 2007, Scalable training of L1-regularized log-linear models</paper>
/// <definition>the authors' OWL-QN, with a fall of 1e-4 of what the pseudo-gradient predicts</definition>
/// <differs>Gong and Ye 2015 (mOWL-QN) add gradient steps, for a proof of convergence.</differs>
/// <remarks>
/// The objective is f, the part that is smooth, and its gradient: the penalty is the rule's. <see cref="Minimization{T}.Loss"/> includes it, and <see cref="StopConditions.GradientTolerance"/> refers to the pseudo-gradient, which is 0 at a
/// minimum. For deterministic runs: each step evaluates f on the whole data, by <see cref="Optimizer.StepOn"/> or <see cref="Optimizer.Minimize{T}"/>. Where a search fails, the pairs are dropped and it is tried once more along the pseudo-gradient; where that fails
/// too, nothing moves, and <see cref="Optimizer.Minimize{T}"/> ends with <see cref="ExitReason.NoProgress"/>. A loss or gradient that is not finite ends the step with an <see cref="ArithmeticException"/>, the state untouched. Slots:
/// <c>s_1</c>, ..., <c>y_1</c>, ..., the pairs in a ring. Scalars: <c>pairs</c>, <c>next_pair</c>, <c>func_evals</c>, <c>line_search_failures</c>.
/// </remarks>
[RegisteredRule("owlqn", "OWL-QN", IsElementwise = false, NeedsObjective = true, IsComputeBound = true, IsForFullBatches = true)]
public sealed partial record OwlQn : Rule
{
    private readonly ValueList<double> penalty = new([0]);

    /// <summary>l1, the weight of each parameter's magnitude: one number for all, or one for each element, in the order of the flat set; 0 or more, 0 for none. Copied. Default 0.</summary>
    /// <exception cref="ArgumentException">There is none, or one is negative or not finite.</exception>
    public IReadOnlyList<double> L1
    {
        get => penalty;
        init => penalty = Box.Checked(value, weight => Constraint.NonNegative.Check(weight, nameof(L1)), nameof(L1));
    }

    /// <summary>m, the most pairs kept; 1 or more. Default 10. Memory: twice as many times the parameters'.</summary>
    [AtLeast(1)] public partial int HistorySize { get; init; } = 10;

    /// <summary>How far a step goes. Default 1e-4 of the predicted fall, halving.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public Backtracking LineSearch { get; init => field = value ?? throw new ArgumentNullException(nameof(LineSearch)); } = new();

    /// <inheritdoc/>
    public override void Validate() => LineSearch.Validate();

    /// <inheritdoc/>
    public override void ValidateFor(Layout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        Box.RequireLength(L1, layout, nameof(L1));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [.. PairRing<double>.Slots(HistorySize)];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [.. PairRing<double>.Scalars(HistorySize), .. SearchTally.Scalars];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { EvaluatesObjective = true, OwnPoint = "how the gradient has changed along its own steps" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.MoveByObjective(nameof(OwlQn), 2 * HistorySize, (context, objective) => new OrthantStep<T>(this, context, objective).Run());
    }

    internal override long CountSlots() => 2L * HistorySize;

    internal override INonsmoothTerm<T>? NonsmoothTermOf<T>(Layout layout)
    {
        ValidateFor(layout);
        return new Penalty<T>(L1);
    }
}
