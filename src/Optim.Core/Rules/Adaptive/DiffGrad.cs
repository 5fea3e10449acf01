using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Adam that slows down where the gradient changes little: <c>g += wd p</c>, m and v as in <see cref="Adam"/>,
/// <c>x = 1 / (1 + e^-|g - g_before|)</c> (0 before the first)<c>;
/// p -= lr x (m / (1 - b1^t)) sqrt(1 - b2^t) / (sqrt(v) + eps)</c>.
/// </summary>
/// <remarks>
/// Definition: Dubey et al. 2020, "diffGrad: an optimization method for convolutional neural networks", as in the authors' code and its
/// ports: epsilon is added to the root that is not corrected yet; <see cref="EpsilonAfterCorrection"/> adds it as the paper writes it.
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, <c>previous_grad</c>.
/// </remarks>
public sealed record DiffGrad : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>Whether epsilon is added to the corrected root, <c>sqrt(v / (1 - b2^t)) + eps</c>, as in the paper and in <see cref="Adam"/>. Default false.</summary>
    public bool EpsilonAfterCorrection { get; init; }

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    internal static RuleEntry Entry { get; } = new(
        "diffgrad", "DiffGrad", "Adam that slows down where the gradient changes little.",
        () => new DiffGrad(), 0.005, rate => new DiffGrad { LearningRate = rate })
    {
        Formula = """
            g += wd p
            m = b1 m + (1 - b1) g
            v = b2 v + (1 - b2) g^2
            x = 1 / (1 + e^-|g - g_before|)
            u = x m / (1 - b1^t) sqrt(1 - b2^t) / (sqrt(v) + eps)
            p -= lr u
            """,
        Paper = "Dubey, Chakraborty, Roy, Mukherjee, Singh, Chaudhuri 2020, diffGrad: an optimization method for convolutional neural networks",
        Definition = "The authors' code and its ports: epsilon on the uncorrected root.",
        Disagreements = "The paper adds eps to the corrected root: EpsilonAfterCorrection = true. One popular port does not correct v.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["diffgrad"] = h => new DiffGrad
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public DiffGrad WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public DiffGrad WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public DiffGrad WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public DiffGrad WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="EpsilonAfterCorrection"/>.</summary>
    /// <param name="value">The value.</param>
    public DiffGrad WithEpsilonAfterCorrection(bool value) => this with { EpsilonAfterCorrection = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public DiffGrad WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq"), new("previous_grad")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.ApplyGradientTerms(maximize: false, Constraint.NonNegative.At(WeightDecay, plan.Clock));
        plan.ApplyAtRate(
            new DiffGradFormula<T>(AdamScalars<T>.InFront(plan.Clock, Beta1, Beta2, Epsilon, EpsilonAfterCorrection)),
            Constraint.NonNegative.At(LearningRate, plan.Clock));
    }
}

/// <summary><c>u = c m / (1 + e^-|g - g_before|) / (sqrt(v) + eps)</c> with <c>c = sqrt(1 - b2^t) / (1 - b1^t)</c>.</summary>
internal readonly struct DiffGradFormula<T>(AdamScalars<T> at) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    public static int SlotCount => 3;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var v = at.MeanSquare(slots.Read(1), update);
        var friction = Exponential.Sigmoid<L, T>(L.Abs(slots.Read(2) - update));
        slots.Write(0, m);
        slots.Write(1, v);
        slots.Write(2, update);
        return at.Corrected(m) * friction / at.Root(v);
    }
}
