using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// RAdam, Adam that waits for its second moment: <c>g += wd p; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; R = 2 / (1 - b2) - 1;
/// rho = R - 2 t b2^t / (1 - b2^t)</c>; where rho &gt; 5, with <c>r = sqrt((rho - 4) (rho - 2) R / ((R - 4) (R - 2) rho))</c>,
/// <c>p -= lr r (m / (1 - b1^t)) sqrt(1 - b2^t) / (sqrt(v) + eps)</c>; before that <c>p -= lr m / (1 - b1^t)</c>.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>RAdam</c> (Liu, Jiang, He, Chen, Liu, Gao and Han 2020): the first rectified step is the sixth for the usual
/// b2, and epsilon is added to the root before its correction. The paper rectifies from rho &gt; 4 on (<see cref="PaperThreshold"/>). The
/// authors' code rectifies from rho &gt;= 5 on (which differs from this for b2 = 2/3 alone), decouples the weight decay, and by default
/// does not move before: <see cref="DecoupledWeightDecay"/> and <see cref="SkipUnrectified"/>. With b2 of 0.6 or less (2/3 or less
/// without <see cref="PaperThreshold"/>) no step is ever rectified. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
public sealed record RAdam : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the moments. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>
    /// Whether a step is rectified as soon as rho &gt; 4, where r becomes real, as in the paper: from the fifth step on for the usual b2.
    /// Default false: rho &gt; 5.
    /// </summary>
    public bool PaperThreshold { get; init; }

    /// <summary>
    /// Whether steps before the threshold leave the parameters alone, decay included, as the authors' code does by default. Default false:
    /// they follow the corrected mean.
    /// </summary>
    public bool SkipUnrectified { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "radam", "RAdam", "Adam that follows the mean alone until its second moment can be trusted.",
        () => new RAdam(), 0.01, rate => new RAdam { LearningRate = rate })
    {
        Formula = """
            g = g + wd p
            m = b1 m + (1 - b1) g
            v = b2 v + (1 - b2) g^2
            R = 2 / (1 - b2) - 1
            rho = R - 2 t b2^t / (1 - b2^t)
            r = sqrt((rho - 4) (rho - 2) R / ((R - 4) (R - 2) rho))
            p = p - lr r m / (1 - b1^t) sqrt(1 - b2^t) / (sqrt(v) + eps) where rho > 5
            p = p - lr m / (1 - b1^t) elsewhere
            """,
        Paper = "Liu, Jiang, He, Chen, Liu, Gao and Han 2020, On the Variance of the Adaptive Learning Rate and Beyond",
        Definition = "PyTorch's RAdam: rectified where rho > 5, the corrected mean before that, epsilon added to the uncorrected root.",
        Disagreements = "The paper rectifies where rho > 4: PaperThreshold. The authors' code does not move before the threshold (SkipUnrectified) " +
            "and decouples the decay (DecoupledWeightDecay).",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["radam"] = Common,
            ["radam_original/radam-authors"] = h => Common(h) with { SkipUnrectified = !h.Flag("degenerated_to_sgd") },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public RAdam WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public RAdam WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public RAdam WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public RAdam WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public RAdam WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecoupledWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public RAdam WithDecoupledWeightDecay(bool value) => this with { DecoupledWeightDecay = value };

    /// <summary>A copy with another <see cref="PaperThreshold"/>.</summary>
    /// <param name="value">The value.</param>
    public RAdam WithPaperThreshold(bool value) => this with { PaperThreshold = value };

    /// <summary>A copy with another <see cref="SkipUnrectified"/>.</summary>
    /// <param name="value">The value.</param>
    public RAdam WithSkipUnrectified(bool value) => this with { SkipUnrectified = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public RAdam WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock);
        var scalars = AdamScalars<T>.At(plan.Clock, Beta1, Beta2, Epsilon);
        double decoupled = DecoupledWeightDecay ? weightDecay : 0;
        plan.ApplyGradientTerms(Maximize, DecoupledWeightDecay ? 0 : weightDecay);
        var rectification = new Rectification(beta2, plan.Step);
        if (rectification.Length > (PaperThreshold ? 4 : 5))
        {
            double correction = Math.Sqrt(1 - Exact.Power(beta2, plan.Step)) / (1 - Exact.Power(beta1, plan.Step));
            plan.ApplyAtRate(new UncorrectedAdamFormula<T>(scalars, rectification.Factor * correction), learningRate, decoupled);
        }
        else if (SkipUnrectified)
        {
            plan.Apply(Formula.Then<T, CorrectedMeanFormula<T>, ZeroFormula<T>>(new(scalars), default));
        }
        else
        {
            plan.ApplyAtRate(new CorrectedMeanFormula<T>(scalars), learningRate, decoupled);
        }
    }

    private static RAdam Common(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
        WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("decoupled_weight_decay"),
    };
}

/// <summary>m and v as in <see cref="AdamFormula{T}"/>; the direction <c>m / (1 - b1^t)</c>.</summary>
internal readonly struct CorrectedMeanFormula<T>(AdamScalars<T> at) : IFormula<T>
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
        return at.Corrected(m);
    }
}
