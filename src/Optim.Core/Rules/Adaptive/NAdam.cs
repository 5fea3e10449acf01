using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// NAdam, Adam with Nesterov's momentum: <c>g += wd p; mu_t = b1 (1 - 0.96^(t psi) / 2); P_t = mu_1 ... mu_t;
/// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
/// p -= lr (mu_(t+1) m / (1 - P_t mu_(t+1)) + (1 - mu_t) g / (1 - P_t)) / (sqrt(v / (1 - b2^t)) + eps)</c>.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>NAdam</c> (Dozat 2016), whose 0.96 and psi = 0.004 come from the paper and from Keras. (PyTorch 1.13 multiplies
/// mu_t twice into the product, in its single-tensor path alone; this is the other path, and all of PyTorch 2.) Where b1 or psi is a
/// schedule, mu_(t+1) uses its value at the step. <see cref="NAdamW"/> is the simpler form without a schedule of mu.
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>; scalar: <c>mu_product</c> (P).
/// </remarks>
public sealed record NAdam : Rule
{
    private const string Product = "mu_product";

    /// <summary>lr, 0 or more. Default 0.002.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 2e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>psi, how fast mu rises from b1 / 2 to b1, 0 or more; 0 keeps it at b1 / 2. Default 0.004.</summary>
    public Schedule MomentumDecay { get; init => field = Constraint.NonNegative.Check(value); } = 4e-3;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the moments. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "nadam", "NAdam", "Adam with Nesterov's momentum, which rises with the steps.",
        () => new NAdam(), 0.005, rate => new NAdam { LearningRate = rate })
    {
        Formula = """
            g = g + wd p
            mu(t) = b1 (1 - 0.96^(t psi) / 2), P = mu(1) ... mu(t)
            m = b1 m + (1 - b1) g
            v = b2 v + (1 - b2) g^2
            n = mu(t+1) m / (1 - P mu(t+1)) + (1 - mu(t)) g / (1 - P)
            p = p - lr n / (sqrt(v / (1 - b2^t)) + eps)
            """,
        Paper = "Dozat 2016, Incorporating Nesterov Momentum into Adam",
        Definition = "PyTorch 2's NAdam, its momentum decay psi included.",
        Disagreements = "PyTorch 1.13's single-tensor path multiplies mu(t) twice into the product. NAdamW corrects both terms with 1 - b1^t and has no psi.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            // PyTorch 1.13 without foreach multiplies mu_t into the next product a second time.
            ["nadam"] = h => h.Has("foreach") && !h.Flag("foreach") ? throw new FormatException("Hyperparameter 'foreach' must be true where it is given, was false.") : new NAdam
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), MomentumDecay = h.Number("momentum_decay"), DecoupledWeightDecay = h.Flag("decoupled_weight_decay"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdam WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdam WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdam WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdam WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="MomentumDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdam WithMomentumDecay(Schedule value) => this with { MomentumDecay = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdam WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecoupledWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdam WithDecoupledWeightDecay(bool value) => this with { DecoupledWeightDecay = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public NAdam WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new(Product, 1)];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), psi = Constraint.NonNegative.At(MomentumDecay, plan.Clock);
        double mu = Momentum(beta1, psi, plan.Step), next = Momentum(beta1, psi, plan.Step + 1.0), product = plan.Scalar(Product) * mu;
        plan.SetScalar(Product, product);
        plan.ApplyGradientTerms(Maximize, DecoupledWeightDecay ? 0 : weightDecay);
        plan.ApplyAtRate(
            new NAdamFormula<T>(AdamScalars<T>.At(plan.Clock, Beta1, Beta2, Epsilon), next / (1 - (product * next)), (1 - mu) / (1 - product)),
            learningRate,
            DecoupledWeightDecay ? weightDecay : 0);
    }

    private static double Momentum(double beta1, double psi, double step) => beta1 * (1 - (0.5 * Exact.Power(0.96, step * psi)));
}

/// <summary>m and v as in <see cref="AdamFormula{T}"/>; the direction <c>(c m + d g) / (sqrt(v / (1 - b2^t)) + eps)</c>.</summary>
internal readonly struct NAdamFormula<T>(AdamScalars<T> at, double ofMean, double ofGradient) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T ofMean = T.CreateTruncating(ofMean), ofGradient = T.CreateTruncating(ofGradient);

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
        return L.FusedMultiplyAdd(m, ofMean, update * ofGradient) / at.CorrectedRoot(v);
    }
}
