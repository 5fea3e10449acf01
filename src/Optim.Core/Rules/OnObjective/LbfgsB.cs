using Optim.Tensors;

namespace Optim;

/// <summary>L-BFGS within bounds on each element.</summary>
/// <formula>
/// c the first minimum of the quadratic model along p - t g, bent at the bounds; e the model's minimum over the elements of c off their bounds, brought back into the bounds
/// d = e - p; t by a line search that begins at 1, no further than to the next bound
/// s = t d; p = p + s; y = the change of the gradient
/// </formula>
/// <paper>Byrd, Lu, Nocedal and Zhu 1995, A limited memory algorithm for bound constrained optimization; Morales and Nocedal 2011, Remark on algorithm 778</paper>
/// <definition>the authors' L-BFGS-B 3.0: the subspace minimum is projected, and cut back where that does not descend</definition>
/// <differs>SciPy's search is Moré and Thuente's, which is MoreThuente here; the default is that of Lbfgs.</differs>
/// <remarks>
/// For smooth objectives in deterministic runs, as <see cref="Lbfgs"/>: each iteration evaluates the objective, on the whole data, by <see cref="Optimizer.StepOn"/> or <see cref="Optimizer.Minimize{T}"/>.
/// The parameters never leave the bounds, so that the objective is evaluated within them alone; a start outside is brought in first. A parameter on its bound stays exactly there. What
/// becomes small at a minimum is the projected gradient, <c>clamp(p - g) - p</c>: that is what <see cref="GradientTolerance"/> and <see cref="StopConditions.GradientTolerance"/> refer to. A pair
/// counts where y.s is above eps y.y. Where a search fails, the pairs are dropped and it is tried once more along the projected gradient; where that fails too, nothing moves, as in <see cref="Lbfgs"/>.
/// A loss or gradient that is not finite ends the step with an <see cref="ArithmeticException"/>, the state untouched. The model is computed in double, in a fixed order; where no bound is in the way, its minimum by the two-loop recursion, which bears pairs of very different sizes. Slots: <c>s_1</c>, ..., <c>y_1</c>, ..., the pairs in
/// a ring. Scalars: <c>n_iter</c>, <c>pairs</c>, <c>next_pair</c>, <c>func_evals</c>, <c>line_search_failures</c>.
/// </remarks>
[RegisteredRule("lbfgsb", "L-BFGS-B", IsElementwise = false, NeedsObjective = true, IsComputeBound = true, IsForFullBatches = true)]
public sealed partial record LbfgsB : Rule
{
    private readonly ValueList<double> lower = new([double.NegativeInfinity]), upper = new([double.PositiveInfinity]);

    /// <summary>The least that parameters may be: one number for all, or one for each element, in the order of the flat set; minus infinity for none. Copied. Default none.</summary>
    public IReadOnlyList<double> Lower
    {
        get => lower;
        init => lower = Box.Checked(value, bound => Constraint.LowerBound.Check(bound, nameof(Lower)), nameof(Lower));
    }

    /// <summary>The most that parameters may be: one number for all, or one for each element, in the order of the flat set; infinity for none. Copied. Default none.</summary>
    public IReadOnlyList<double> Upper
    {
        get => upper;
        init => upper = Box.Checked(value, bound => Constraint.UpperBound.Check(bound, nameof(Upper)), nameof(Upper));
    }

    /// <summary>The most pairs kept; 1 or more. Default 10. Memory: twice as many times the parameters'.</summary>
    [AtLeast(1)] public partial int HistorySize { get; init; } = 10;

    /// <summary>The most iterations a step, 1 or more. Default 20.</summary>
    [AtLeast(1)] public partial int MaxIterations { get; init; } = 20;

    /// <summary>After so many evaluations no further iteration of the step is begun; 0, the default, for 5/4 of <see cref="MaxIterations"/>.</summary>
    [AtLeast(0)] public partial int MaxEvaluations { get; init; }

    /// <summary>A projected gradient whose largest magnitude is at most this ends the step; 0 or more. Default 1e-10.</summary>
    [Range(Bounds.NonNegative)] public partial double GradientTolerance { get; init; } = 1e-10;

    /// <summary>How far an iteration goes. Default <see cref="StrongWolfe"/>; <see cref="MoreThuente"/> is that of the authors. <see cref="FixedStep"/> is refused: it would not descend.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public LineSearch LineSearch { get; init => field = value ?? throw new ArgumentNullException(nameof(LineSearch)); } = new StrongWolfe();

    /// <summary>The same rule within the bounds of two sets, element by element.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="least">The least that each parameter may be, of the parameters' layout; null for none.</param>
    /// <param name="most">The most; null for none.</param>
    /// <exception cref="ArgumentException">The two have different layouts.</exception>
    public LbfgsB BoundedBy<T>(TensorSet<T>? least, TensorSet<T>? most)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (least is not null && most is not null && !least.Layout.Equals(most.Layout))
        {
            throw new ArgumentException($"Both bounds must have the parameters' layout; {Layout.Difference(least.Layout, nameof(least), most.Layout, nameof(most))}.", nameof(most));
        }

        return this with
        {
            Lower = least is null ? [double.NegativeInfinity] : [.. least.Span.ToArray().Select(double.CreateTruncating)],
            Upper = most is null ? [double.PositiveInfinity] : [.. most.Span.ToArray().Select(double.CreateTruncating)],
        };
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        Box.RequireOrder(Lower, Upper);
        LineSearch.RequireSearch(nameof(LbfgsB));
    }

    /// <inheritdoc/>
    public override void ValidateFor(Layout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        Box.RequireLength(Lower, layout, nameof(Lower));
        Box.RequireLength(Upper, layout, nameof(Upper));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [.. PairRing<double>.Slots(HistorySize)];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() =>
        [new("n_iter"), .. PairRing<double>.Scalars(HistorySize), .. SearchTally.Scalars];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { EvaluatesObjective = true, OwnPoint = "how the gradient has changed along its own steps" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.MoveByObjective(nameof(LbfgsB), 2 * HistorySize, (context, objective) => new LbfgsBIterations<T>(this, context, objective).Run());
    }

    internal override long CountSlots() => 2L * HistorySize;

    internal override INonsmoothTerm<T>? NonsmoothTermOf<T>(Layout layout)
    {
        ValidateFor(layout);
        return new Box<T>(Lower, Upper, layout.Length);
    }
}
