namespace Optim;

/// <summary>Adam with the division before the mean.</summary>
/// <formula>
/// v = b2 v + (1 - b2) g^2
/// m = b1 m + (1 - b1) lr g / (sqrt(v / (1 - b2^t)) + eps)
/// p -= m / (1 - b1^t)
/// p -= lr wd p
/// </formula>
/// <paper>Ziyin, Wang, Ueda 2020, LaProp: separating momentum and adaptivity in Adam</paper>
/// <definition>The authors' code, as in pytorch-image-models: the learning rate is inside the mean, the decay comes after the step.</definition>
/// <differs>Most rules take the decay from the parameter before the step: DecayBeforeStep = true.</differs>
/// <remarks>
/// The learning rate enters the mean, and where it or a beta changes, the corrections do so with it, <c>c1 = b1 c1 + (1 - b1) lr, c2 = b2 c2 + (1 - b2)</c>,
/// the step being <c>lr m / c1</c>; at a rate of 0 nothing moves. The decay is taken from the parameter AFTER the step, unlike in <see cref="AdamW"/>;
/// <see cref="DecayBeforeStep"/> takes it before. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>; scalars: <c>exp_avg_lr_1</c>, <c>exp_avg_lr_2</c>.
/// </remarks>
[RegisteredRule("laprop", "LaProp", StartingRate = 0.003)]
public sealed partial record LaProp : Rule
{
    private const string Weight1 = "exp_avg_lr_1", Weight2 = "exp_avg_lr_2";

    /// <summary>lr, 0 or more. Default 0.0004.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 4e-4;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-15.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-15;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay takes the parameter from before the step, as <see cref="AdamW"/> does, and not from after it. Default false.</summary>
    public bool DecayBeforeStep { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => LaPropFormula.Slots;

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new(Weight1), new(Weight2)];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { WhyNoDirection = "it is inside the mean of steps" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double decay = at.LearningRate * at.WeightDecay, weight1 = (at.Beta1 * plan.Scalar(Weight1)) + ((1 - at.Beta1) * at.LearningRate);
        double weight2 = (at.Beta2 * plan.Scalar(Weight2)) + (1 - at.Beta2);
        plan.SetScalar(Weight1, weight1);
        plan.SetScalar(Weight2, weight2);
        var step = new LaPropFormula<T>(
            at.Beta1, at.Beta2, at.Epsilon, (1 - at.Beta1) * at.LearningRate,
            weight1 > 0 ? at.LearningRate / weight1 : 0, 1 / weight2);
        if (plan.DecayWhereAny(decay) == 0 || DecayBeforeStep)
        {
            plan.ApplyWithDecay(step, decay);
        }
        else if (plan.Exempt is not null)
        {
            plan.Apply(step);
            plan.ApplyExempting(default(PassThrough<T>), new DecayAfterStepFormula<T>(decay));
        }
        else
        {
            plan.Apply(Formula.Then<T, LaPropFormula<T>, DecayAfterStepFormula<T>>(step, new(decay)));
        }
    }
}

/// <summary><c>v = b2 v + (1 - b2) g^2; m = b1 m + gain g / (sqrt(v c2) + eps); u = c1 m</c>.</summary>
[Formula]
internal readonly partial struct LaPropFormula<T>(double beta1, double beta2, double epsilon, double gain, double correction1, double correction2)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(gain), correction1 = T.CreateTruncating(correction1);
    private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2), correction2 = T.CreateTruncating(correction2);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg_sq = L.FusedMultiplyAdd(exp_avg_sq, beta2, update * update * gain2);
        var quotient = update / (L.Sqrt(exp_avg_sq * correction2) + L.Broadcast(epsilon));
        exp_avg = L.FusedMultiplyAdd(exp_avg, beta1, quotient * gain1);
        return exp_avg * correction1;
    }
}

/// <summary>Decay of the parameter that the update leads to: <c>u = u + d (p - u)</c>.</summary>
[Formula]
internal readonly partial struct DecayAfterStepFormula<T>(double decay)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T decay = T.CreateTruncating(decay);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, L parameter)
        where L : struct, ILane<L, T> => L.FusedMultiplyAdd(parameter - update, decay, update);
}
