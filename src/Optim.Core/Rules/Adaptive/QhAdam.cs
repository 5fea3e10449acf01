namespace Optim;

/// <summary>Weighted means of the gradient and Adam's moments.</summary>
/// <formula>
/// g += wd p
/// m = mean of g with weights b1^age, v = mean of g^2 with weights b2^age
/// u = ((1 - nu1) g + nu1 m) / (sqrt((1 - nu2) g^2 + nu2 v) + eps)
/// p -= lr u
/// </formula>
/// <paper>Ma, Yarats 2019, Quasi-hyperbolic momentum and Adam for deep learning</paper>
/// <definition>The authors' (qhoptim), whose moments are kept corrected.</definition>
/// <differs>One popular port adds 1 - b2 g^2 to the second moment where (1 - b2) g^2 is meant.</differs>
/// <remarks>
/// The slots hold the corrected means, <c>m = (1 - 1/w) m + g/w</c> with <c>w = 1 + b1 w</c>, so that where a beta is a schedule they are exact means still.
/// With nu1 = nu2 = 1 it is <see cref="Adam"/>, with nu1 = b1 a NAdam, with nu1 = 0 bias-corrected RMSprop. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>;
/// scalars: <c>beta1_weight</c>, <c>beta2_weight</c>.
/// </remarks>
[RegisteredRule("qhadam", "QHAdam", StartingRate = 0.003)]
public sealed partial record QhAdam : Rule
{
    private const string Weight1 = "beta1_weight", Weight2 = "beta2_weight";

    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9; the paper recommends 0.995 with <see cref="Nu1"/> 0.7.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>nu1, the weight of the mean in the numerator, in [0, 1]. Default 1.</summary>
    [Range(Bounds.Fraction)] public partial Schedule Nu1 { get; init; } = 1;

    /// <summary>nu2, the weight of the mean square in the denominator, in [0, 1]. Default 1.</summary>
    [Range(Bounds.Fraction)] public partial Schedule Nu2 { get; init; } = 1;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the moments. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => QhAdamFormula.Slots;

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new(Weight1), new(Weight2)];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double weight1 = 1 + (at.Beta1 * plan.Scalar(Weight1)), weight2 = 1 + (at.Beta2 * plan.Scalar(Weight2));
        plan.SetScalar(Weight1, weight1);
        plan.SetScalar(Weight2, weight2);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : at.WeightDecay);
        plan.ApplyAtRate(
            new QhAdamFormula<T>(
                1 / weight1, 1 / weight2, at.Nu1, at.Nu2,
                at.Epsilon),
            at.LearningRate,
            DecoupledWeightDecay ? at.WeightDecay : 0);
    }
}

[Formula]
internal readonly partial struct QhAdamFormula<T>(double share1, double share2, double nu1, double nu2, double epsilon)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T keep1 = T.CreateTruncating(1 - share1), gain1 = T.CreateTruncating(share1);
    private readonly T keep2 = T.CreateTruncating(1 - share2), gain2 = T.CreateTruncating(share2);
    private readonly Blend<T> blend1 = new(nu1), blend2 = new(nu2);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        var square = update * update;
        exp_avg = L.FusedMultiplyAdd(exp_avg, keep1, update * gain1);
        exp_avg_sq = L.FusedMultiplyAdd(exp_avg_sq, keep2, square * gain2);
        return blend1.Of(update, exp_avg) / (L.Sqrt(blend2.Of(square, exp_avg_sq)) + L.Broadcast(epsilon));
    }
}
