namespace Optim;

/// <summary>Adam whose rates are kept in a band that closes in on SGD's.</summary>
/// <formula>
/// g += wd p
/// m = b1 m + (1 - b1) g
/// v = b2 v + (1 - b2) g^2
/// s = lr sqrt(1 - b2^t) / (1 - b1^t) / (sqrt(v) + eps)
/// f = final_lr lr / base_lr
/// p -= clip(s, f (1 - 1 / (gamma t + 1)), f (1 + 1 / (gamma t))) m
/// </formula>
/// <paper>Luo, Xiong, Liu and Sun 2019, Adaptive Gradient Methods with Dynamic Bound of Learning Rate</paper>
/// <definition>The authors' code: Adam's bias correction, no factor 1 / sqrt(t); base_lr is the peak of the learning rate's schedule unless given.</definition>
/// <differs>The paper's algorithm does not correct for bias and divides the rate by sqrt(t). kozistr adds epsilon under the root as well.</differs>
/// <remarks>
/// f follows the learning rate, so that a schedule acts on the whole: base_lr is the rate that <see cref="FinalLearningRate"/> belongs to. The decay is L2.
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, with AMSBound <c>max_exp_avg_sq</c>.
/// </remarks>
[RegisteredRule("adabound", "AdaBound", StartingRate = 0.01)]
public sealed partial record AdaBound : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>final_lr, what every element's rate tends to, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule FinalLearningRate { get; init; } = 0.1;

    /// <summary>
    /// base_lr, 0 or more: the learning rate at which <see cref="FinalLearningRate"/> is as it stands; it grows and shrinks with the
    /// learning rate. Default 0: the peak of the learning rate's schedule, what a PyTorch optimizer is made with before a scheduler warms it up. A schedule of your own has no peak that could be known: give base_lr with it.
    /// </summary>
    [Range(Bounds.NonNegative)] public partial double BaseLearningRate { get; init; }

    /// <summary>gamma, how fast the band closes, more than 0. Default 0.001.</summary>
    [Range(Bounds.Positive)] public partial Schedule Gamma { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether v in the quotient is the largest so far: AMSBound. Default false.</summary>
    public bool AmsBound { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByAdam { AmsGrad = AmsBound }.DeclareSlots();

    /// <inheritdoc/>
    public override void Validate()
    {
        if (BaseLearningRate == 0 && SchedulePeak.Of(LearningRate) is null)
        {
            throw new ArgumentException(
                $"{nameof(BaseLearningRate)} must be given with a {nameof(LearningRate)} whose peak is not known, {LearningRate}: the rate at which {nameof(FinalLearningRate)} is as it stands.");
        }
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { WhyNoDirection = "its bounds are no multiple of it" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double unit = ((AdaBound)plan.Rule).Reference;

        // A rate of 0 stands still, whatever it is relative to.
        double final = at.FinalLearningRate * (at.LearningRate == 0 ? 0 : at.LearningRate / unit);
        double rate = at.LearningRate * Math.Sqrt(Exact.OneMinusPower(at.Beta2, plan.Step)) / Exact.OneMinusPower(at.Beta1, plan.Step);
        double lower = final * (1 - (1 / ((at.Gamma * plan.Step) + 1))), upper = final + (final / (at.Gamma * plan.Step));
        var moments = new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step);
        var band = new RateBand<T>(rate, at.Epsilon, lower, upper);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        if (AmsBound)
        {
            plan.Apply(new AmsBoundFormula<T>(moments, band));
        }
        else
        {
            plan.Apply(new AdaBoundFormula<T>(moments, band));
        }
    }

    /// <summary>What the final rate belongs to.</summary>
    private double Reference => BaseLearningRate == 0 ? SchedulePeak.Of(LearningRate) ?? 0 : BaseLearningRate;

    internal override Rule WithReferencesFixed() => this with { BaseLearningRate = Reference };
}

/// <summary>The rates of one step of AdaBound.</summary>
internal readonly struct RateBand<T>(double rate, double epsilon, double lower, double upper)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T rate = T.CreateTruncating(rate), epsilon = T.CreateTruncating(epsilon);
    private readonly T lower = T.CreateTruncating(lower), upper = T.CreateTruncating(upper);

    /// <summary><c>clip(rate / (sqrt(v) + eps), lower, upper)</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L At<L>(L v)
        where L : struct, ILane<L, T> =>
        L.Min(L.Max(L.Broadcast(rate) / (L.Sqrt(v) + L.Broadcast(epsilon)), L.Broadcast(lower)), L.Broadcast(upper));
}

/// <summary><c>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; u = clip(rate / (sqrt(v) + eps), lower, upper) m</c>.</summary>
[Formula]
internal readonly partial struct AdaBoundFormula<T>(AdamScalars<T> at, RateBand<T> rates)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly RateBand<T> rates = rates;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        return rates.At(exp_avg_sq) * exp_avg;
    }
}

/// <summary>As <see cref="AdaBoundFormula{T}"/>, with <c>w = max(w, v)</c> in place of v in the rate.</summary>
[Formula]
internal readonly partial struct AmsBoundFormula<T>(AdamScalars<T> at, RateBand<T> rates)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly RateBand<T> rates = rates;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq, ref L max_exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        max_exp_avg_sq = L.Max(max_exp_avg_sq, exp_avg_sq);
        return rates.At(max_exp_avg_sq) * exp_avg;
    }
}
