using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Quasi-hyperbolic Adam, weighted means of the gradient and Adam's moments: with m and v the corrected means of g and g^2,
/// <c>p -= lr ((1 - nu1) g + nu1 m) / (sqrt((1 - nu2) g^2 + nu2 v) + eps)</c>.
/// </summary>
/// <remarks>
/// Definition: Ma and Yarats 2019, "Quasi-hyperbolic momentum and Adam for deep learning", as in the authors' code (qhoptim): the slots hold
/// the corrected means, <c>m = (1 - 1/w) m + g/w</c> with <c>w = 1 + b1 w</c>, so that where a beta is a schedule they are exact means still.
/// With nu1 = nu2 = 1 it is <see cref="Adam"/>, with nu1 = b1 a NAdam, with nu1 = 0 bias-corrected RMSprop.
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>; scalars: <c>beta1_weight</c>, <c>beta2_weight</c>.
/// </remarks>
public sealed record QhAdam : Rule
{
    private const string Weight1 = "beta1_weight", Weight2 = "beta2_weight";

    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9; the paper recommends 0.995 with <see cref="Nu1"/> 0.7.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>nu1, the weight of the mean in the numerator, in [0, 1]. Default 1.</summary>
    public Schedule Nu1 { get; init => field = Constraint.Fraction.Check(value); } = 1;

    /// <summary>nu2, the weight of the mean square in the denominator, in [0, 1]. Default 1.</summary>
    public Schedule Nu2 { get; init => field = Constraint.Fraction.Check(value); } = 1;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the moments. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "qhadam", "QHAdam", "Weighted means of the gradient and Adam's moments.",
        () => new QhAdam(), 0.005, rate => new QhAdam { LearningRate = rate })
    {
        Formula = """
            g += wd p
            m = mean of g with weights b1^age, v = mean of g^2 with weights b2^age
            u = ((1 - nu1) g + nu1 m) / (sqrt((1 - nu2) g^2 + nu2 v) + eps)
            p -= lr u
            """,
        Paper = "Ma, Yarats 2019, Quasi-hyperbolic momentum and Adam for deep learning",
        Definition = "The authors' (qhoptim), whose moments are kept corrected.",
        Disagreements = "One popular port adds 1 - b2 g^2 to the second moment where (1 - b2) g^2 is meant.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["qhadam"] = h => new QhAdam
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Nu1 = h.Number("nus", 0), Nu2 = h.Number("nus", 1),
                Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("decouple_weight_decay"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public QhAdam WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public QhAdam WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public QhAdam WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Nu1"/>.</summary>
    /// <param name="value">The value.</param>
    public QhAdam WithNu1(Schedule value) => this with { Nu1 = value };

    /// <summary>A copy with another <see cref="Nu2"/>.</summary>
    /// <param name="value">The value.</param>
    public QhAdam WithNu2(Schedule value) => this with { Nu2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public QhAdam WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public QhAdam WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecoupledWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public QhAdam WithDecoupledWeightDecay(bool value) => this with { DecoupledWeightDecay = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new(Weight1), new(Weight2)];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        double weight1 = 1 + (Constraint.UnitInterval.At(Beta1, plan.Clock) * plan.Scalar(Weight1));
        double weight2 = 1 + (Constraint.UnitInterval.At(Beta2, plan.Clock) * plan.Scalar(Weight2));
        plan.SetScalar(Weight1, weight1);
        plan.SetScalar(Weight2, weight2);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : weightDecay);
        plan.ApplyAtRate(
            new QhAdamFormula<T>(
                1 / weight1, 1 / weight2, Constraint.Fraction.At(Nu1, plan.Clock), Constraint.Fraction.At(Nu2, plan.Clock),
                Constraint.NonNegative.At(Epsilon, plan.Clock)),
            learningRate,
            DecoupledWeightDecay ? weightDecay : 0);
    }
}

/// <summary><c>m = (1 - a1) m + a1 g; v = (1 - a2) v + a2 g^2; u = ((1 - nu1) g + nu1 m) / (sqrt((1 - nu2) g^2 + nu2 v) + eps)</c>.</summary>
internal readonly struct QhAdamFormula<T>(double share1, double share2, double nu1, double nu2, double epsilon) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T keep1 = T.CreateTruncating(1 - share1), gain1 = T.CreateTruncating(share1);
    private readonly T keep2 = T.CreateTruncating(1 - share2), gain2 = T.CreateTruncating(share2);
    private readonly Blend<T> blend1 = new(nu1), blend2 = new(nu2);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var square = update * update;
        var m = L.FusedMultiplyAdd(slots.Read(0), keep1, update * gain1);
        var v = L.FusedMultiplyAdd(slots.Read(1), keep2, square * gain2);
        slots.Write(0, m);
        slots.Write(1, v);
        return blend1.Of(update, m) / (L.Sqrt(blend2.Of(square, v)) + L.Broadcast(epsilon));
    }
}
