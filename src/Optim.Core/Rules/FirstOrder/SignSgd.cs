namespace Optim;

/// <summary>Steps by the sign of the mean gradient; signSGD without momentum.</summary>
/// <formula>
/// g += wd p
/// m = mu m + (1 - mu) g
/// p -= lr sign(m)
/// </formula>
/// <paper>Bernstein, Wang, Azizzadenesheli and Anandkumar 2018, signSGD: Compressed Optimisation for Non-Convex Problems</paper>
/// <definition>kozistr's pytorch_optimizer. The sign of 0 is 0, the sign of NaN is NaN.</definition>
/// <differs>A momentum that adds the whole gradient (mu m + g) has the same signs while mu is constant, but other numbers in the slot.</differs>
/// <remarks>
/// The weight decay is L2: it enters the mean; <see cref="Tiger"/> decouples it. The sign of 0 is 0; NaN spreads into the mean and the parameter. Slot:
/// <c>momentum_buffer</c>, only with momentum.
/// </remarks>
[RegisteredRule("sign_sgd", "Signum", StartingRate = 0.001)]
public sealed partial record SignSgd : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>mu, how much of the mean stays, in [0, 1). Default 0.9; 0 is signSGD, without a slot. A schedule that is 0 at some step keeps its slot.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0.9;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    private bool HasMomentum => Momentum is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => HasMomentum ? MeanFormula.Slots : [];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var step = Formula.Then<T, SignFormula<T>, ScaleFormula<T>>(default, new(at.LearningRate));
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        if (HasMomentum)
        {
            plan.Apply(Formula.Then<T, MeanFormula<T>, Fused<T, SignFormula<T>, ScaleFormula<T>>>(new(at.Momentum), step));
        }
        else
        {
            plan.Apply(step);
        }
    }
}

/// <summary><c>m = b m + (1 - b) g; u = m</c>.</summary>
[Formula]
internal readonly partial struct MeanFormula<T>(double beta)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta = T.CreateTruncating(beta), gain = T.CreateTruncating(1 - beta);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L momentum_buffer)
        where L : struct, ILane<L, T>
    {
        momentum_buffer = L.FusedMultiplyAdd(momentum_buffer, beta, update * gain);
        return momentum_buffer;
    }
}

/// <summary><c>u = sign(g)</c>: -1, 0 or 1, NaN for NaN.</summary>
[Formula]
internal readonly partial struct SignFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(AggressiveInlining)]
    private static L Apply<L>(L update)
        where L : struct, ILane<L, T> => L.Sign(update);
}
