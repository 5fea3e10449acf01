namespace Optim;

/// <summary>Adam with Nesterov's momentum, which rises with the steps.</summary>
/// <formula>
/// g = g + wd p
/// mu(t) = b1 (1 - 0.96^(t psi) / 2), P = mu(1) ... mu(t)
/// m = b1 m + (1 - b1) g
/// v = b2 v + (1 - b2) g^2
/// n = mu(t+1) m / (1 - P mu(t+1)) + (1 - mu(t)) g / (1 - P)
/// p = p - lr n / (sqrt(v / (1 - b2^t)) + eps)
/// </formula>
/// <paper>Dozat 2016, Incorporating Nesterov Momentum into Adam</paper>
/// <definition>PyTorch 2's NAdam, its momentum decay psi included.</definition>
/// <differs>PyTorch 1.13's single-tensor path multiplies mu(t) twice into the product. NAdamW corrects both terms with 1 - b1^t and has no psi.</differs>
/// <remarks>
/// The 0.96 and psi = 0.004 come from the paper and from Keras. (PyTorch 1.13 multiplies mu_t twice into the product, in its single-tensor path alone; this
/// is the other path, and all of PyTorch 2.) Where b1 or psi is a schedule, mu_(t+1) uses its value at the step. <see cref="NAdamW"/> is the simpler form
/// without a schedule of mu. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>; scalar: <c>mu_product</c> (P).
/// </remarks>
[RegisteredRule("nadam", "NAdam", StartingRate = 0.01)]
public sealed partial record NAdam : Rule
{
    private const string Product = "mu_product";

    /// <summary>lr, 0 or more. Default 0.002.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 2e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>psi, how fast mu rises from b1 / 2 to b1, 0 or more; 0 keeps it at b1 / 2. Default 0.004.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule MomentumDecay { get; init; } = 4e-3;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the moments. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => NAdamFormula.Slots;

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new(Product, 1)];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double mu = Momentum(at.Beta1, at.MomentumDecay, plan.Step), next = Momentum(at.Beta1, at.MomentumDecay, plan.Step + 1.0), product = plan.Scalar(Product) * mu;
        plan.SetScalar(Product, product);
        plan.ApplyGradientTerms(Maximize, DecoupledWeightDecay ? 0 : at.WeightDecay);
        plan.ApplyAtRate(
            new NAdamFormula<T>(new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step), next / (1 - (product * next)), (1 - mu) / (1 - product)),
            at.LearningRate,
            DecoupledWeightDecay ? at.WeightDecay : 0);
    }

    private static double Momentum(double beta1, double psi, double step) => beta1 * (1 - (0.5 * Exact.Power(0.96, step * psi)));
}

/// <summary>m and v as in <see cref="AdamFormula{T}"/>; the direction <c>(c m + d g) / (sqrt(v / (1 - b2^t)) + eps)</c>.</summary>
[Formula]
internal readonly partial struct NAdamFormula<T>(AdamScalars<T> at, double ofMean, double ofGradient)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T ofMean = T.CreateTruncating(ofMean), ofGradient = T.CreateTruncating(ofGradient);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        return L.FusedMultiplyAdd(exp_avg, ofMean, update * ofGradient) / at.CorrectedRoot(exp_avg_sq);
    }
}
