using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// LARS, layer-wise adaptive rate scaling: for each tensor <c>r = trust |p| / (|g| + wd |p| + eps)</c>, 1 where a norm is 0;
/// <c>d = r (g + wd p); b_1 = d_1, b_t = mu b_(t-1) + (1 - dampening) d_t; p -= lr b</c>, with Nesterov <c>p -= lr (d + mu b)</c>.
/// </summary>
/// <remarks>
/// Paper: You, Gitman and Ginsburg 2017; | | is the Euclidean norm of one tensor. Definition: pytorch-image-models' <c>Lars</c>. The tensor's
/// ratio enters the momentum and the learning rate multiplies it on application; in the paper both enter it, which is the same while the
/// rate does not change. The ratio is taken only where there is weight decay, or with <see cref="AlwaysAdapt"/>. Others leave
/// <c>wd |p|</c> out of the denominator. Norms are accumulated in double, so that no gradient's square overflows; a norm that is NaN
/// counts as 0, so that the tensor's sound elements go on with ratio 1. Slot: <c>momentum_buffer</c>, only with momentum.
/// </remarks>
public sealed record Lars : Rule
{
    /// <summary>lr, 0 or more. Default 1: the ratio makes the step a fraction of the tensor's norm.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1;

    /// <summary>mu, in [0, 1). Default 0.9. The number 0 keeps no slot.</summary>
    public Schedule Momentum { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>Taken from each d but the first, in [0, 1). Default 0.</summary>
    public Schedule Dampening { get; init => field = Constraint.UnitInterval.Check(value); } = 0;

    /// <summary>wd, 0 or more. Default 0.0005.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 5e-4;

    /// <summary>Trust, how far a tensor may move as a fraction of its norm; 0 or more. Default 0.001.</summary>
    public Schedule TrustCoefficient { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>eps, added to the denominator, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>Whether the update looks ahead; needs momentum and no dampening. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Whether a tensor's rate lr r stays at or below lr, as in LARC: r becomes <c>min(r / lr, 1)</c>. Default false.</summary>
    public bool ClipTrust { get; init; }

    /// <summary>Whether the ratio is taken without weight decay too. Default false.</summary>
    public bool AlwaysAdapt { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "lars", "LARS", "Momentum, each tensor's rate in proportion to its norm.",
        () => new Lars(), 1, rate => new Lars { LearningRate = rate })
    {
        IsElementwise = false,
        IsPerTensor = true,
        ExtraMoves = 2,
        Formula = "for each tensor r = trust |p| / (|g| + wd |p| + eps), 1 where a norm is 0; d = r (g + wd p); b = mu b + d; p -= lr b",
        Paper = "You, Gitman, Ginsburg 2017, Large Batch Training of Convolutional Networks",
        Definition = "pytorch-image-models: the ratio inside the momentum, the rate outside; no ratio without weight decay",
        Disagreements = "The paper has lr inside the momentum too. Without decay others adapt: AlwaysAdapt. LARC: ClipTrust.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["lars"] = h => new Lars
            {
                LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Dampening = h.Number("dampening"), WeightDecay = h.Number("weight_decay"),
                TrustCoefficient = h.Number("trust_coeff"), Epsilon = h.Number("eps"), Nesterov = h.Flag("nesterov"),
                ClipTrust = h.Flag("trust_clip"), AlwaysAdapt = h.Flag("always_adapt"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Lars WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Momentum"/>.</summary>
    /// <param name="value">The value.</param>
    public Lars WithMomentum(Schedule value) => this with { Momentum = value };

    /// <summary>A copy with another <see cref="Dampening"/>.</summary>
    /// <param name="value">The value.</param>
    public Lars WithDampening(Schedule value) => this with { Dampening = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Lars WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="TrustCoefficient"/>.</summary>
    /// <param name="value">The value.</param>
    public Lars WithTrustCoefficient(Schedule value) => this with { TrustCoefficient = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Lars WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="Nesterov"/>.</summary>
    /// <param name="value">The value.</param>
    public Lars WithNesterov(bool value) => this with { Nesterov = value };

    /// <summary>A copy with another <see cref="ClipTrust"/>.</summary>
    /// <param name="value">The value.</param>
    public Lars WithClipTrust(bool value) => this with { ClipTrust = value };

    /// <summary>A copy with another <see cref="AlwaysAdapt"/>.</summary>
    /// <param name="value">The value.</param>
    public Lars WithAlwaysAdapt(bool value) => this with { AlwaysAdapt = value };

    private Sgd Descent => new() { LearningRate = LearningRate, Momentum = Momentum, Dampening = Dampening, Nesterov = Nesterov };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => Descent.DeclareSlots();

    /// <inheritdoc/>
    public override void Validate() => Descent.Validate();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock), trust = Constraint.NonNegative.At(TrustCoefficient, plan.Clock);
        double epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock), learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock);
        if (weightDecay != 0)
        {
            plan.ApplyWhole(0, whole => whole.ThenPerTensor(i => new Fused<T, DecayFormula<T>, WideScaleFormula<T>>(new(weightDecay), new(Ratio(whole, i)))), mayThrow: false);
        }
        else if (AlwaysAdapt)
        {
            plan.ApplyWhole(0, whole => whole.ThenPerTensor(i => new WideScaleFormula<T>(Ratio(whole, i))), mayThrow: false);
        }

        Descent.Prepare(plan);

        double Ratio(Whole<T> whole, int tensor)
        {
            var block = whole.Tensor(tensor);
            double p = whole.ParameterNorm(block), g = whole.UpdateNorm(block);
            double ratio = p > 0 && g > 0 ? trust * p / (g + (weightDecay * p) + epsilon) : 1;
            return !ClipTrust ? ratio : ratio >= learningRate ? 1 : ratio / learningRate;
        }
    }
}

/// <summary><c>u = c g</c>, where c is a quotient of norms that may lie beyond T's own range though u does not.</summary>
internal readonly struct WideScaleFormula<T> : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // A power of two near the root of c, and the rest: the first product is exact, so that the bits are those of c g in one.
    private readonly T power, rest;

    public WideScaleFormula(double factor)
    {
        double root = double.IsNormal(factor) ? double.ScaleB(1, Math.ILogB(factor) / 2) : 1;
        power = T.CreateTruncating(root);
        rest = T.CreateTruncating(factor / root);
    }

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => update * power * rest;
}
