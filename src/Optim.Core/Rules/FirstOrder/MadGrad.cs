using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Momentumized, adaptive dual averaging from the starting point x_0: <c>g += wd p; a = (lr + eps) sqrt(t); s += a g; v += a g^2;
/// z = x_0 - s / (cbrt(v) + eps); p = mu p + (1 - mu) z</c>.
/// </summary>
/// <remarks>
/// Definition: Defazio and Jelassi 2021, "Adaptivity without compromise: a momentumized, adaptive, dual averaged gradient method for
/// stochastic optimization", as in the authors' code and in pytorch-image-models, which add epsilon to the learning rate (the paper
/// does not), so that a rate of 0 still moves. The decay of <see cref="DecoupledWeightDecay"/> is taken from p before it is mixed with z.
/// Slots: <c>s</c>, <c>grad_sum_sq</c>, <c>x0</c> (a copy of the parameters of the first step).
/// </remarks>
public sealed record MadGrad : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>mu, how much of the parameter stays at each step, in [0, 1). Default 0.9.</summary>
    public Schedule Momentum { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>eps, 0 or more. Default 1e-6.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-6;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the sums. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "madgrad", "MADGRAD", "Dual averaging from the starting point, divided by the cube root of summed squares.",
        () => new MadGrad(), 0.01, rate => new MadGrad { LearningRate = rate })
    {
        Formula = """
            g += wd p
            a = (lr + eps) sqrt(t)
            s += a g
            v += a g^2
            z = x_0 - s / (cbrt(v) + eps)
            p = mu p + (1 - mu) z
            """,
        Paper = "Defazio, Jelassi 2021, Adaptivity without compromise: a momentumized, adaptive, dual averaged gradient method for stochastic optimization",
        Definition = "The authors' code, as in pytorch-image-models.",
        Disagreements = "The paper does not add eps to the learning rate.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["madgrad"] = h => new MadGrad
            {
                LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
                DecoupledWeightDecay = h.Flag("decoupled_decay"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public MadGrad WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Momentum"/>.</summary>
    /// <param name="value">The value.</param>
    public MadGrad WithMomentum(Schedule value) => this with { Momentum = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public MadGrad WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public MadGrad WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecoupledWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public MadGrad WithDecoupledWeightDecay(bool value) => this with { DecoupledWeightDecay = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("s"), new("grad_sum_sq"), new("x0") { FromParameters = true }];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        double epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock), momentum = Constraint.UnitInterval.At(Momentum, plan.Clock);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : weightDecay);
        plan.Place(new MadGradFormula<T>(
            (learningRate + epsilon) * Math.Sqrt(plan.Step), epsilon, 1 - momentum,
            momentum * (DecoupledWeightDecay ? 1 - (learningRate * weightDecay) : 1)));
    }
}

/// <summary><c>s += a g; v += a g^2; x = share (x_0 - s / (cbrt(v) + eps)) + keep p</c>; with nothing to keep, p is left out.</summary>
internal readonly struct MadGradFormula<T>(double weight, double epsilon, double share, double keep) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T weight = T.CreateTruncating(weight), epsilon = T.CreateTruncating(epsilon);
    private readonly T share = T.CreateTruncating(share), keep = T.CreateTruncating(keep);

    public static int SlotCount => 3;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var start = slots.Read(2);
        var weighted = update * weight;
        var sum = slots.Read(0) + weighted;
        var squares = L.FusedMultiplyAdd(weighted, update, slots.Read(1));
        slots.Write(0, sum);
        slots.Write(1, squares);
        slots.Write(2, start);
        var averaged = (start - (sum / (L.CubeRoot(squares) + L.Broadcast(epsilon)))) * share;
        return keep == T.Zero ? averaged : L.FusedMultiplyAdd(parameter, keep, averaged);
    }
}
