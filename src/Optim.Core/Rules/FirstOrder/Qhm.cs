namespace Optim;

/// <summary>A weighted mean of gradient descent and momentum.</summary>
/// <formula>
/// g += wd p
/// m = b m + (1 - b) g
/// u = (1 - nu) g + nu m
/// p -= lr u
/// </formula>
/// <paper>Ma, Yarats 2019, Quasi-hyperbolic momentum and Adam for deep learning</paper>
/// <definition>The paper's and the authors' (qhoptim): dampened momentum from 0, without correction.</definition>
/// <differs>The authors allow nu outside [0, 1]; here it is a weight.</differs>
/// <remarks>
/// The momentum is dampened and starts from 0 without correction, so that the learning rate corresponds to <c>lr (1 - b)</c> of <see cref="Sgd"/>. With nu 0
/// it is gradient descent, with nu 1 dampened momentum, with nu = b Nesterov's. Slot: <c>momentum_buffer</c>.
/// </remarks>
[RegisteredRule("qhm", "QHM", StartingRate = 0.3)]
public sealed partial record Qhm : Rule
{
    /// <summary>lr, 0 or more. Default 1, the paper's recommendation.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>b, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0.999;

    /// <summary>nu, the weight of the momentum in the step, in [0, 1]. Default 0.7.</summary>
    [Range(Bounds.Fraction)] public partial Schedule Nu { get; init; } = 0.7;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the momentum. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => QhmFormula.Slots;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : at.WeightDecay);
        plan.ApplyAtRate(new QhmFormula<T>(at.Momentum, at.Nu), at.LearningRate, DecoupledWeightDecay ? at.WeightDecay : 0);
    }
}

[Formula]
internal readonly partial struct QhmFormula<T>(double momentum, double nu)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T momentum = T.CreateTruncating(momentum), gain = T.CreateTruncating(1 - momentum);
    private readonly Blend<T> blend = new(nu);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L momentum_buffer)
        where L : struct, ILane<L, T>
    {
        momentum_buffer = L.FusedMultiplyAdd(momentum_buffer, momentum, update * gain);
        return blend.Of(update, momentum_buffer);
    }
}

/// <summary>A weighted mean of what is new and what is remembered, <c>(1 - nu) x + nu m</c>; what has no weight is left out.</summary>
internal readonly struct Blend<T>(double nu)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T nu = T.CreateTruncating(nu), rest = T.CreateTruncating(1 - nu);

    [MethodImpl(AggressiveInlining)]
    public L Of<L>(L x, L m)
        where L : struct, ILane<L, T> => nu == T.Zero ? x : rest == T.Zero ? m : L.FusedMultiplyAdd(m, nu, x * rest);
}
