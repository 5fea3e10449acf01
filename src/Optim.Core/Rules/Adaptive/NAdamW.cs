using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// NAdamW, AdamW with Nesterov's momentum: <c>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; n = b1 m + (1 - b1) g;
/// p -= lr ((n / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + wd p)</c>, with p from before the step.
/// </summary>
/// <remarks>
/// Definition: pytorch-image-models' <c>NAdamW</c>, after the MLCommons AlgoPerf baseline (Dozat 2016; Loshchilov and Hutter 2019): one more
/// turn of the mean in place of <see cref="NAdam"/>'s schedule of momenta, and the same bias correction for both, although n has seen
/// t + 1 gradients. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
public sealed record NAdamW : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.01.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "nadamw", "NAdamW", "AdamW with Nesterov's momentum.",
        () => new NAdamW(), 0.005, rate => new NAdamW { LearningRate = rate })
    {
        Formula = """
            m = b1 m + (1 - b1) g
            v = b2 v + (1 - b2) g^2
            n = b1 m + (1 - b1) g
            p = p - lr (n / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + wd p)
            """,
        Paper = "Dozat 2016, Incorporating Nesterov Momentum into Adam; Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization",
        Definition = "The MLCommons AlgoPerf baseline, as pytorch-image-models has it.",
        Disagreements = "Dozat's paper and PyTorch's NAdam let the momentum rise on a schedule and correct its two terms separately: " +
            "NAdam with DecoupledWeightDecay.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["nadamw"] = h => new NAdamW
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdamW WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdamW WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdamW WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdamW WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdamW WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdamW WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        plan.ApplyAtRate(
            new NAdamWFormula<T>(AdamScalars<T>.At(plan.Clock, Beta1, Beta2, Epsilon)),
            Constraint.NonNegative.At(LearningRate, plan.Clock),
            Constraint.NonNegative.At(WeightDecay, plan.Clock));
    }
}

/// <summary>m and v as in <see cref="AdamFormula{T}"/>, and its direction with <c>n = b1 m + (1 - b1) g</c> in place of m.</summary>
internal readonly struct NAdamWFormula<T>(AdamScalars<T> at) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

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
        return at.Direction(at.Mean(m, update), v);
    }
}
