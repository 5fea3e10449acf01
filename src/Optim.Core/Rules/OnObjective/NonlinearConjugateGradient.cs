namespace Optim;

/// <summary>How <see cref="NonlinearConjugateGradient"/> weighs its last direction.</summary>
public enum ConjugateGradientForm
{
    /// <summary>Polak and Ribière's, 0 where it would be negative: <c>max(0, g.y / g'.g')</c>.</summary>
    PolakRibierePlus,

    /// <summary>Hager and Zhang's: <c>(y - 2 d |y|^2 / d.y).g / d.y</c>, no less than <c>-1 / (|d| min(0.01, |g'|))</c>. With any search it leads downhill.</summary>
    HagerZhang,
}

/// <summary>Along the negative gradient and what is left of the last direction, with a line search: three vectors of memory.</summary>
/// <formula>
/// y = g - g'; beta = max(0, g.y / g'.g'), or Hager and Zhang's
/// d = -g + beta d
/// t by a line search along d that begins at t' (g'.d') / (g.d), the first one at lr min(1, 1 / |g|_1)
/// p = p + t d
/// </formula>
/// <paper>Polak and Ribière 1969; Gilbert and Nocedal 1992, Global convergence properties of conjugate gradient methods for optimization; Hager and Zhang 2005, A new conjugate gradient method with guaranteed descent and an efficient line search</paper>
/// <definition>PR+ with a strong Wolfe search of curvature 0.1; begun anew where a direction does not descend</definition>
/// <differs>SciPy's CG is Polak and Ribière's plus too, with a curvature of 0.4; CG_DESCENT is the other form, with the search HagerZhang and first steps of its own.</differs>
/// <remarks>
/// For smooth deterministic objectives of many parameters, where <see cref="Lbfgs"/> would keep too much. Each step evaluates the objective, on the whole data: <see cref="Optimizer.StepOn"/> or <see cref="Optimizer.Minimize{T}"/>. Where a search
/// fails, it is tried once more along the negative gradient; where that fails too nothing moves, and <see cref="Optimizer.Minimize{T}"/> ends with <see cref="ExitReason.NoProgress"/>. A loss or gradient that is not finite ends the
/// step with an <see cref="ArithmeticException"/>, the state untouched. Slots: <c>d</c>, <c>prev_grad</c>. Scalars: <c>t</c> (how far the last step went along d; 0 before the first), <c>slope</c> (g.d there), <c>func_evals</c>, <c>line_search_failures</c>.
/// </remarks>
[RegisteredRule("nonlinear_cg", "Nonlinear conjugate gradients", StartingRate = 1, IsElementwise = false, NeedsObjective = true, IsComputeBound = true, IsForFullBatches = true)]
public sealed partial record NonlinearConjugateGradient : Rule
{
    /// <summary>lr, what the first step to try is multiplied by; 0 or more, and at 0 nothing moves. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>beta. Default <see cref="ConjugateGradientForm.PolakRibierePlus"/>.</summary>
    public partial ConjugateGradientForm Form { get; init; } = ConjugateGradientForm.PolakRibierePlus;

    /// <summary>How far a step goes. Default <see cref="StrongWolfe"/> with a curvature of 0.1.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public LineSearch LineSearch { get; init => field = value ?? throw new ArgumentNullException(nameof(LineSearch)); } = new StrongWolfe { Curvature = 0.1 };

    /// <inheritdoc/>
    public override void Validate() => LineSearch.RequireSearch(nameof(NonlinearConjugateGradient));

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("d"), new("prev_grad")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("t"), new("slope"), .. SearchTally.Scalars];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { EvaluatesObjective = true, OwnPoint = "the direction of its own last step" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.MoveByObjective(nameof(NonlinearConjugateGradient), 2, (context, objective) => new ConjugateStep<T>(this, context, objective).Run(at.LearningRate));
    }
}
