using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// AdaBound, Adam whose rates are kept in a band that closes in on that of SGD: <c>g += wd p; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
/// s = lr sqrt(1 - b2^t) / (1 - b1^t) / (sqrt(v) + eps); f = final_lr lr / base_lr;
/// p -= clip(s, f (1 - 1 / (gamma t + 1)), f (1 + 1 / (gamma t))) m</c>.
/// </summary>
/// <remarks>
/// Definition: the authors' code (Luo, Xiong, Liu and Sun 2019, "Adaptive Gradient Methods with Dynamic Bound of Learning Rate"), which has
/// Adam's bias correction and no factor <c>1 / sqrt(t)</c>, unlike the paper's algorithm. f follows the learning rate, so that a schedule
/// acts on the whole: base_lr is the rate that <see cref="FinalLearningRate"/> belongs to. The decay is L2.
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, with AMSBound <c>max_exp_avg_sq</c>.
/// </remarks>
public sealed record AdaBound : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>final_lr, what every element's rate tends to, 0 or more. Default 0.1.</summary>
    public Schedule FinalLearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 0.1;

    /// <summary>
    /// base_lr, 0 or more: the learning rate at which <see cref="FinalLearningRate"/> is as it stands; it grows and shrinks with the
    /// learning rate. Default 0: the learning rate of the first step, and where that is 0 too, as in a warmup, nothing is scaled.
    /// </summary>
    public double BaseLearningRate { get; init => field = Constraint.NonNegative.Check(value); }

    /// <summary>gamma, how fast the band closes, more than 0. Default 0.001.</summary>
    public Schedule Gamma { get; init => field = Constraint.Positive.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether v in the quotient is the largest so far: AMSBound. Default false.</summary>
    public bool AmsBound { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "adabound", "AdaBound", "Adam whose rates are kept in a band that closes in on SGD's.",
        () => new AdaBound(), 0.005, rate => new AdaBound { LearningRate = rate })
    {
        Formula = "g += wd p\nm = b1 m + (1 - b1) g\nv = b2 v + (1 - b2) g^2\ns = lr sqrt(1 - b2^t) / (1 - b1^t) / (sqrt(v) + eps)\n"
            + "f = final_lr lr / base_lr\np -= clip(s, f (1 - 1 / (gamma t + 1)), f (1 + 1 / (gamma t))) m",
        Paper = "Luo, Xiong, Liu and Sun 2019, Adaptive Gradient Methods with Dynamic Bound of Learning Rate",
        Definition = "The authors' code: Adam's bias correction, no factor 1 / sqrt(t); base_lr is the first step's rate unless given.",
        Disagreements = "The paper's algorithm does not correct for bias and divides the rate by sqrt(t). kozistr adds epsilon under the root as well.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adabound"] = h => new AdaBound
            {
                LearningRate = h.LearningRate, BaseLearningRate = h.Number("lr"), FinalLearningRate = h.Number("final_lr"), Gamma = h.Number("gamma"),
                Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
                AmsBound = h.Flag("amsbound"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBound WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="FinalLearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBound WithFinalLearningRate(Schedule value) => this with { FinalLearningRate = value };

    /// <summary>A copy with another <see cref="BaseLearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBound WithBaseLearningRate(double value) => this with { BaseLearningRate = value };

    /// <summary>A copy with another <see cref="Gamma"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBound WithGamma(Schedule value) => this with { Gamma = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBound WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBound WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBound WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBound WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="AmsBound"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBound WithAmsBound(bool value) => this with { AmsBound = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByAdam { AmsGrad = AmsBound }.DeclareSlots();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock);
        double epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock), gamma = Constraint.Positive.At(Gamma, plan.Clock);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock);
        double final = Constraint.NonNegative.At(FinalLearningRate, plan.Clock) * RelativeRate(learningRate);
        double rate = learningRate * Math.Sqrt(1 - Exact.Power(beta2, plan.Step)) / (1 - Exact.Power(beta1, plan.Step));
        double lower = final * (1 - (1 / ((gamma * plan.Step) + 1))), upper = final + (final / (gamma * plan.Step));
        var moments = new AdamScalars<T>(beta1, beta2, epsilon, plan.Step);
        var band = new RateBand<T>(rate, epsilon, lower, upper);
        plan.ApplyGradientTerms(maximize: false, Constraint.NonNegative.At(WeightDecay, plan.Clock));
        if (AmsBound)
        {
            plan.Apply(new AmsBoundFormula<T>(moments, band));
        }
        else
        {
            plan.Apply(new AdaBoundFormula<T>(moments, band));
        }
    }

    private double RelativeRate(double learningRate)
    {
        double unit = BaseLearningRate == 0 ? Constraint.NonNegative.At(LearningRate, 0, nameof(LearningRate)) : BaseLearningRate;

        // A rate of 0 stands still, whatever it is relative to.
        return learningRate == 0 ? 0 : unit == 0 ? 1 : learningRate / unit;
    }
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
internal readonly struct AdaBoundFormula<T>(AdamScalars<T> at, RateBand<T> rates) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly RateBand<T> rates = rates;

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var v = at.MeanSquare(slots.Read(1), update);
        slots.Write(0, m);
        slots.Write(1, v);
        return rates.At(v) * m;
    }
}

/// <summary>As <see cref="AdaBoundFormula{T}"/>, with <c>w = max(w, v)</c> in place of v in the rate.</summary>
internal readonly struct AmsBoundFormula<T>(AdamScalars<T> at, RateBand<T> rates) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly RateBand<T> rates = rates;

    public static int SlotCount => 3;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var v = at.MeanSquare(slots.Read(1), update);
        var largest = L.Max(slots.Read(2), v);
        slots.Write(0, m);
        slots.Write(1, v);
        slots.Write(2, largest);
        return rates.At(largest) * m;
    }
}
