using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Adam with the division before the mean: <c>v = b2 v + (1 - b2) g^2; m = b1 m + (1 - b1) lr g / (sqrt(v / (1 - b2^t)) + eps);
/// p -= m / (1 - b1^t)</c>, then <c>p -= lr wd p</c>.
/// </summary>
/// <remarks>
/// Definition: Ziyin, Wang and Ueda 2020, "LaProp: separating momentum and adaptivity in Adam", as in the authors' code and in
/// pytorch-image-models: the learning rate enters the mean, and where it or a beta changes, the corrections do so with it,
/// <c>c1 = b1 c1 + (1 - b1) lr, c2 = b2 c2 + (1 - b2)</c>, the step being <c>lr m / c1</c>; at a rate of 0 nothing moves.
/// The decay is taken from the parameter AFTER the step, unlike in <see cref="AdamW"/>; <see cref="DecayBeforeStep"/> takes it before.
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>; scalars: <c>exp_avg_lr_1</c>, <c>exp_avg_lr_2</c>.
/// </remarks>
public sealed record LaProp : Rule
{
    private const string Weight1 = "exp_avg_lr_1", Weight2 = "exp_avg_lr_2";

    /// <summary>lr, 0 or more. Default 0.0004.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 4e-4;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-15.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-15;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the decay takes the parameter from before the step, as <see cref="AdamW"/> does, and not from after it. Default false.</summary>
    public bool DecayBeforeStep { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "laprop", "LaProp", "Adam with the division before the mean.",
        () => new LaProp(), 0.005, rate => new LaProp { LearningRate = rate })
    {
        Formula = """
            v = b2 v + (1 - b2) g^2
            m = b1 m + (1 - b1) lr g / (sqrt(v / (1 - b2^t)) + eps)
            p -= m / (1 - b1^t)
            p -= lr wd p
            """,
        Paper = "Ziyin, Wang, Ueda 2020, LaProp: separating momentum and adaptivity in Adam",
        Definition = "The authors' code, as in pytorch-image-models: the learning rate is inside the mean, the decay comes after the step.",
        Disagreements = "Most rules take the decay from the parameter before the step: DecayBeforeStep = true.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["laprop"] = h => new LaProp
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public LaProp WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public LaProp WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public LaProp WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public LaProp WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public LaProp WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecayBeforeStep"/>.</summary>
    /// <param name="value">The value.</param>
    public LaProp WithDecayBeforeStep(bool value) => this with { DecayBeforeStep = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new(Weight1), new(Weight2)];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock);
        double decay = learningRate * Constraint.NonNegative.At(WeightDecay, plan.Clock);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock);
        double weight1 = (beta1 * plan.Scalar(Weight1)) + ((1 - beta1) * learningRate);
        double weight2 = (beta2 * plan.Scalar(Weight2)) + (1 - beta2);
        plan.SetScalar(Weight1, weight1);
        plan.SetScalar(Weight2, weight2);
        var step = new LaPropFormula<T>(
            beta1, beta2, Constraint.NonNegative.At(Epsilon, plan.Clock), (1 - beta1) * learningRate,
            weight1 > 0 ? learningRate / weight1 : 0, 1 / weight2);
        if (decay == 0)
        {
            plan.Apply(step);
        }
        else if (DecayBeforeStep)
        {
            plan.Apply(Formula.Then<T, LaPropFormula<T>, DecayFormula<T>>(step, new(decay)));
        }
        else
        {
            plan.Apply(Formula.Then<T, LaPropFormula<T>, DecayAfterStepFormula<T>>(step, new(decay)));
        }
    }
}

/// <summary><c>v = b2 v + (1 - b2) g^2; m = b1 m + gain g / (sqrt(v c2) + eps); u = c1 m</c>.</summary>
internal readonly struct LaPropFormula<T>(double beta1, double beta2, double epsilon, double gain, double correction1, double correction2) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(gain), correction1 = T.CreateTruncating(correction1);
    private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2), correction2 = T.CreateTruncating(correction2);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var v = L.FusedMultiplyAdd(slots.Read(1), beta2, update * update * gain2);
        var quotient = update / (L.Sqrt(v * correction2) + L.Broadcast(epsilon));
        var m = L.FusedMultiplyAdd(slots.Read(0), beta1, quotient * gain1);
        slots.Write(0, m);
        slots.Write(1, v);
        return m * correction1;
    }
}

/// <summary>Decay of the parameter that the update leads to: <c>u = u + d (p - u)</c>.</summary>
internal readonly struct DecayAfterStepFormula<T>(double decay) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T decay = T.CreateTruncating(decay);

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => L.FusedMultiplyAdd(parameter - update, decay, update);
}
