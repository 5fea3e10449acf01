using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Yogi, Adam with a second moment that changes by no more than what it sees: <c>g += wd p; m = b1 m + (1 - b1) g;
/// v -= (1 - b2) sign(v - g^2) g^2; p -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)</c>.
/// </summary>
/// <remarks>
/// Definition: TensorFlow Addons' <c>Yogi</c>, as jettify's <c>torch_optimizer</c> has it (Zaheer, Reddi, Sachan, Kale and Kumar 2018,
/// "Adaptive Methods for Nonconvex Optimization"): both moments start from <see cref="InitialAccumulator"/> and are corrected for bias as
/// Adam's are. The paper's algorithm 2 does neither: <see cref="BiasCorrection"/> and <see cref="InitialMean"/> off. The weight decay is L2.
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
public sealed record Yogi : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 0.001.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>What v starts from, 0 or more. Default 1e-6.</summary>
    public double InitialAccumulator { get; init => field = Constraint.NonNegative.Check(value); } = 1e-6;

    /// <summary>Whether m starts from <see cref="InitialAccumulator"/> too, as in TensorFlow Addons, rather than from 0. Default true.</summary>
    public bool InitialMean { get; init; } = true;

    /// <summary>Whether both moments are divided by <c>1 - b^t</c>. Default true.</summary>
    public bool BiasCorrection { get; init; } = true;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    internal static RuleEntry Entry { get; } = new(
        "yogi", "Yogi", "Adam with a second moment that changes slowly.",
        () => new Yogi(), 0.02, rate => new Yogi { LearningRate = rate })
    {
        Formula = "g += wd p\nm = b1 m + (1 - b1) g\nv -= (1 - b2) sign(v - g^2) g^2\np -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)",
        Paper = "Zaheer, Reddi, Sachan, Kale and Kumar 2018, Adaptive Methods for Nonconvex Optimization",
        Definition = "TensorFlow Addons', as in jettify's torch_optimizer: both moments start from the initial accumulator and are corrected for bias.",
        Disagreements = "The paper's algorithm 2 starts m from 0 and corrects nothing: InitialMean and BiasCorrection off.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["yogi"] = h => Common(h) with { WeightDecay = h.Number("weight_decay") },
            ["yogi_paper/yogi-paper"] = h => Common(h) with { InitialMean = false, BiasCorrection = false },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Yogi WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Yogi WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Yogi WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Yogi WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="InitialAccumulator"/>.</summary>
    /// <param name="value">The value.</param>
    public Yogi WithInitialAccumulator(double value) => this with { InitialAccumulator = value };

    /// <summary>A copy with another <see cref="InitialMean"/>.</summary>
    /// <param name="value">The value.</param>
    public Yogi WithInitialMean(bool value) => this with { InitialMean = value };

    /// <summary>A copy with another <see cref="BiasCorrection"/>.</summary>
    /// <param name="value">The value.</param>
    public Yogi WithBiasCorrection(bool value) => this with { BiasCorrection = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Yogi WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [new("exp_avg", InitialMean ? InitialAccumulator : 0), new("exp_avg_sq", InitialAccumulator)];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var scalars = AdamScalars<T>.At(plan.Clock, Beta1, Beta2, Epsilon, BiasCorrection);
        plan.ApplyGradientTerms(maximize: false, Constraint.NonNegative.At(WeightDecay, plan.Clock));
        plan.Apply(Formula.Then<T, YogiFormula<T>, ScaleFormula<T>>(
            new(scalars, Constraint.UnitInterval.At(Beta2, plan.Clock)), new(Constraint.NonNegative.At(LearningRate, plan.Clock))));
    }

    private static Yogi Common(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
        InitialAccumulator = h.Number("initial_accumulator"),
    };
}

/// <summary><c>m = b1 m + (1 - b1) g; v -= (1 - b2) sign(v - g^2) g^2</c>; u as Adam's.</summary>
internal readonly struct YogiFormula<T>(AdamScalars<T> at, double beta2) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T gain2 = T.CreateTruncating(1 - beta2);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var v = slots.Read(1);
        var square = update * update;
        v = L.FusedMultiplyAdd(L.Sign(square - v), square * gain2, v);
        slots.Write(0, m);
        slots.Write(1, v);
        return at.Direction(m, v);
    }
}
