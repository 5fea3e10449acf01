namespace Optim;

/// <summary>Adam's magnitude, the gradient's direction.</summary>
/// <formula>
/// m = b1 m + (1 - b1) g
/// v = b2 v + (1 - b2) g^2
/// p -= lr (sqrt(1 - b2^t) / (1 - b1^t) sign(g) |m| / (sqrt(v) + eps) + wd p)
/// </formula>
/// <paper>Cao, Li, Song 2024, Grams: Gradient Descent with Adaptive Momentum Scaling</paper>
/// <definition>The authors' code: epsilon is added to the uncorrected root.</definition>
/// <differs>kozistr averages with the weights exchanged and corrects v under the root.</differs>
/// <remarks>An element whose gradient is 0 does not move. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.</remarks>
[RegisteredRule("grams", "Grams", StartingRate = 0.01)]
public sealed partial record Grams : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-6;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the bias towards 0 of m and v is corrected. Default true.</summary>
    public bool BiasCorrection { get; init; } = true;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => GramsFormula.Slots;

    /// <inheritdoc/>
    public override bool CountsSteps() => BiasCorrection;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double factor = BiasCorrection ? AdamCorrection.OfStep(at.Beta1, at.Beta2, plan.Step) : 1;
        plan.ApplyAtRate(new GramsFormula<T>(new(at.Beta1, at.Beta2, at.Epsilon, factor, 1)), at.LearningRate, at.WeightDecay);
    }
}

[Formula]
internal readonly partial struct GramsFormula<T>(AdamScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, g);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, g);
        return L.Sign(g) * L.Abs(at.Corrected(exp_avg)) / at.Root(exp_avg_sq);
    }
}
