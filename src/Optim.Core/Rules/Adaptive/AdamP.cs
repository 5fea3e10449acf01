namespace Optim;

/// <summary>Adam without the growth of weights whose scale has no effect: what points along them is taken out of the step.</summary>
/// <formula>
/// m, v as Adam; d = m / (sqrt(v / (1 - b2^t)) + eps) (Nesterov: b1 m + (1 - b1) g above)
/// where every row of a matrix has |cos(g, p)| below delta / sqrt(its length), else where the whole tensor has: d = d - x (x . d), x = p / (|p| + eps), and f = wd_ratio; else f = 1
/// p = (1 - lr wd f) p - lr d / (1 - b1^t)
/// </formula>
/// <paper>Heo, Chun, Oh, Han, Yun, Kim, Uh and Ha 2021, AdamP: Slowing Down the Slowdown for Momentum Optimizers on Scale-invariant Weights</paper>
/// <definition>The authors' code; pytorch-image-models computes the same.</definition>
/// <differs>kozistr adds epsilon before the correction and looks ahead by another rule.</differs>
/// <remarks>
/// Whether a tensor is projected follows from the gradient, what is projected is the step; rows are those of [d0, rest]. Vectors and scalars are never projected and decay in full, as <see cref="AdamW"/>. Slots: <c>exp_avg</c>,
/// <c>exp_avg_sq</c>.
/// </remarks>
[RegisteredRule("adamp", "AdamP", StartingRate = 0.01, IsElementwise = false, IsPerTensor = true, ExtraMoves = 4)]
public sealed partial record AdamP : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>delta, below which cosine, times the root of a row's length, gradient and weights count as orthogonal; 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Delta { get; init; } = 0.1;

    /// <summary>wd_ratio, how much of the decay is left to a tensor that is projected, in [0, 1]. Default 0.1.</summary>
    [Range(Bounds.Fraction)] public partial Schedule ProjectedDecayRatio { get; init; } = 0.1;

    /// <summary>Whether the mean looks ahead. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByAdam().DeclareSlots();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var projection = new TangentProjection(at.Delta, at.Epsilon);
        var direction = new LookingAdamFormula<T>(
            new(at.Beta1, at.Beta2, at.Epsilon, 1 / Exact.OneMinusPower(at.Beta1, plan.Step), 1 / Exact.OneMinusPower(at.Beta2, plan.Step)), at.Beta1, Nesterov);
        plan.ApplyToTensors(
            2,
            context =>
            {
                int[] rows = projection.RowsOf(context);
                context.Sweep(direction);
                projection.Project(context, rows);
                context.ThenAtRates(at.LearningRate, at.WeightDecay, i => rows[i] > 0 ? at.ProjectedDecayRatio : 1);
            },
            mayThrow: false);
    }
}

/// <summary>Adam's direction, its mean looking ahead or not.</summary>
[Formula]
internal readonly partial struct LookingAdamFormula<T>(AdamScalars<T> at, double beta1, bool nesterov)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly RunningMean<T> ahead = new(beta1);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, g);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, g);
        return at.Direction(nesterov ? ahead.Next(exp_avg, g) : exp_avg, exp_avg_sq);
    }
}
