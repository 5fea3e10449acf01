namespace Optim;

/// <summary>Quasi-Newton steps from the last few changes of the gradient, with a line search.</summary>
/// <formula>
/// d = -H g, with H from the last m pairs (s, y), H y = s
/// t by a line search that begins at lr
/// s = t d; p = p + s; y = the change of the gradient
/// </formula>
/// <paper>Liu and Nocedal 1989, On the limited memory BFGS method for large scale optimization</paper>
/// <definition>PyTorch's LBFGS; strong Wolfe by default, a history of 10, no pair from an iteration that does not move.</definition>
/// <differs>PyTorch's defaults are no line search, a history of 100 and wider tolerances; its search may end above Armijo's line, and a failed one keeps the history.</differs>
/// <remarks>
/// Liu and Nocedal 1989, in the form of PyTorch's <c>LBFGS</c>: the two-loop recursion, from <c>H = (y.s / y.y) I</c>; the very first iteration goes
/// <c>min(1, 1 / |g|_1) lr</c> far. Other than there, the strong Wolfe search is on unless it is switched off, the history is 10 pairs long (PyTorch: 100),
/// the tolerances leave it to the caller when to stop (PyTorch: 1e-7 for the gradient, 1e-9 for changes, 1e-10 for the curvature, below which it learns
/// nothing more), and an iteration that does not move leaves no pair. Each iteration evaluates the objective, on the whole data:
/// <see cref="Optimizer.StepOn"/> or <see cref="Optimizer.Minimize{T}"/>. Rules in front of it in a chain would change the gradient of its first iteration
/// alone, and rules behind it where it believes to be: both are refused. A loss or gradient that is not finite ends the step with an <see cref="ArithmeticException"/>, the state untouched; a point of
/// the search where they are not is too far out. Where rounding hides whether the loss has fallen, the search goes by the slopes (the approximate Wolfe
/// conditions of Hager and Zhang 2005), as long as the gradient becomes smaller. Where a search ends without a point that satisfies its conditions,
/// <c>line_search_failures</c> counts it, the best point it has seen is taken, and the pairs are dropped; from the start itself, the search is tried once more
/// along the negative gradient, and where that fails too, nothing moves: <see cref="Optimizer.Minimize{T}"/> ends with <see cref="ExitReason.NoProgress"/>. No
/// search evaluates a point twice. Slots: <c>d</c>, <c>prev_flat_grad</c>, and <c>s_1</c>, ..., <c>y_1</c>, ..., the pairs
/// in a ring. Scalars: <c>n_iter</c>, <c>t</c> (how far the last iteration went along d), <c>pairs</c>, <c>next_pair</c> (where the next one goes, from 0),
/// <c>func_evals</c>, <c>line_search_failures</c>.
/// </remarks>
[RegisteredRule("lbfgs", "L-BFGS", StartingRate = 1, IsElementwise = false, NeedsObjective = true, IsComputeBound = true, IsForFullBatches = true)]
public sealed partial record Lbfgs : Rule
{
    /// <summary>lr, how far an iteration goes, or first tries to go, along d; 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>m, the most pairs kept; 1 or more. Default 10. Memory: 2 m + 2 times the parameters'.</summary>
    [AtLeast(1)] public partial int HistorySize { get; init; } = 10;

    /// <summary>The most iterations a step, 1 or more. Default 20.</summary>
    [AtLeast(1)] public partial int MaxIterations { get; init; } = 20;

    /// <summary>After so many evaluations no further iteration of the step is begun; 0, the default, for 5/4 of <see cref="MaxIterations"/>.</summary>
    [AtLeast(0)] public partial int MaxEvaluations { get; init; }

    /// <summary>A gradient whose largest magnitude is at most this ends the step; 0 or more. Default 1e-10.</summary>
    [Range(Bounds.NonNegative)] public partial double GradientTolerance { get; init; } = 1e-10;

    /// <summary>A change of the loss, or of every parameter, that is at most this ends the step, as does a slope along d that is no steeper, and a search whose points lie that near; 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial double ChangeTolerance { get; init; }

    /// <summary>A pair counts where y.s is above this; 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial double CurvatureTolerance { get; init; }

    /// <summary>How far an iteration goes. Default <see cref="StrongWolfe"/>.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public LineSearch LineSearch { get; init => field = value ?? throw new ArgumentNullException(nameof(LineSearch)); } = new StrongWolfe();

    internal override long CountSlots() => 2 + (2L * HistorySize);

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("d"), new("prev_flat_grad"), .. PairRing<double>.Slots(HistorySize)];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() =>
        [new("n_iter"), new("t"), .. PairRing<double>.Scalars(HistorySize), .. SearchTally.Scalars];

    /// <inheritdoc/>
    public override void Validate() => LineSearch.Validate();

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { EvaluatesObjective = true, OwnPoint = "how the gradient has changed along its own steps" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.MoveByObjective(
            nameof(Lbfgs), 2 + (2 * HistorySize), (context, objective) => new LbfgsIterations<T>(this, context, objective, at.LearningRate).Run(), isTrial: LineSearch.Searches);
    }
}
