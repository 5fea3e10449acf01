namespace Optim;

/// <summary>Steps in the parameter's own units, without a learning rate to choose.</summary>
/// <formula>
/// g = g + wd p
/// v = rho v + (1 - rho) g^2
/// d = sqrt(a + eps) / sqrt(v + eps) g
/// a = rho a + (1 - rho) d^2
/// p = p - lr d
/// </formula>
/// <paper>Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method</paper>
/// <definition>PyTorch's Adadelta: a learning rate, 1 by default, multiplies the step after it has entered the mean of squared steps.</definition>
/// <differs>The paper has no learning rate (LearningRate = 1) and takes rho = 0.95. Some libraries default to a rate of 0.001, which hardly moves.</differs>
/// <remarks>
/// The paper's d carries the minus sign. a holds the steps before the learning rate. Epsilon is what the first step comes from: with <see cref="Epsilon"/> 0
/// nothing ever moves. Slots: <c>square_avg</c> (v), <c>acc_delta</c> (a).
/// </remarks>
[RegisteredRule("adadelta", "Adadelta", StartingRate = 1)]
public sealed partial record AdaDelta : Rule
{
    /// <summary>lr, 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>rho, how much of both mean squares stays, in [0, 1). Default 0.9 (0.95 in the paper and in Keras).</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Rho { get; init; } = 0.9;

    /// <summary>eps, added to both mean squares under their roots, 0 or more. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-6;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AdaDeltaFormula.Slots;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(Maximize, at.WeightDecay);
        plan.ApplyAtRate(new AdaDeltaFormula<T>(at.Rho, at.Epsilon), at.LearningRate);
    }
}

[Formula]
internal readonly partial struct AdaDeltaFormula<T>(double rho, double epsilon)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T rho = T.CreateTruncating(rho), gain = T.CreateTruncating(1 - rho), epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L square_avg, ref L acc_delta)
        where L : struct, ILane<L, T>
    {
        square_avg = L.FusedMultiplyAdd(square_avg, rho, update * update * gain);
        var step = L.Sqrt(acc_delta + L.Broadcast(epsilon)) / L.Sqrt(square_avg + L.Broadcast(epsilon)) * update;
        acc_delta = L.FusedMultiplyAdd(acc_delta, rho, step * step * gain);
        return step;
    }
}
