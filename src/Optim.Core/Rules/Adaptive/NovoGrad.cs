using System.Numerics;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;

namespace Optim;

/// <summary>
/// NovoGrad, gradients divided by the size of their tensor's: <c>v_1 = |g_1|^2, v_t = b2 v_(t-1) + (1 - b2) |g_t|^2</c>, a number for each tensor;
/// <c>d = g / (sqrt(v) + eps) + wd p; m = b1 m + d; p -= lr m</c>.
/// </summary>
/// <remarks>
/// Paper: Ginsburg, Castonguay, Hrinchuk, Kuchaiev, Lavrukhin, Leary, Li, Nguyen, Zhang and Cohen 2019; | | is the Euclidean norm of one tensor.
/// Definition: pytorch-image-models' <c>NvNovoGrad</c>, which agrees with the paper; a tensor whose gradients were all 0 takes its first v
/// from the first one that is not. Others correct the bias as Adam does. Slots: <c>exp_avg_norm</c>, sqrt(v), one element a tensor (the
/// source keeps its square, which float could not hold for gradients beyond 1e19); with AMSGrad <c>max_exp_avg_norm</c>; <c>exp_avg</c>.
/// A gradient that is not finite makes its tensor's v so for good.
/// </remarks>
public sealed record NovoGrad : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.95.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.95;

    /// <summary>b2, in [0, 1). Default 0.98.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.98;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, which enters m but not v; 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether m is an average, <c>b1 m + (1 - b1) d</c>, rather than a sum. Default false.</summary>
    public bool GradientAveraging { get; init; }

    /// <summary>Whether the denominator never decreases (Reddi, Kale and Kumar 2018). Default false.</summary>
    public bool AmsGrad { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "novograd", "NovoGrad", "Momentum of gradients divided by their tensor's root mean square.",
        () => new NovoGrad(), 0.01, rate => new NovoGrad { LearningRate = rate })
    {
        IsElementwise = false,
        IsPerTensor = true,
        ExtraMoves = 1,
        Formula = "for each tensor v_1 = |g_1|^2, v = b2 v + (1 - b2) |g|^2; d = g / (sqrt(v) + eps) + wd p; m = b1 m + d; p -= lr m",
        Paper = "Ginsburg, Castonguay, Hrinchuk, Kuchaiev, Lavrukhin, Leary, Li, Nguyen, Zhang, Cohen 2019, Training Deep Networks with Stochastic Normalized Gradients",
        Definition = "the paper and pytorch-image-models' NvNovoGrad: v starts at the first gradient's, m sums",
        Disagreements = "m as an average: GradientAveraging. Some implementations start v at 0 and correct the bias as Adam does.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["novograd"] = h => new NovoGrad
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), GradientAveraging = h.Flag("grad_averaging"), AmsGrad = h.Flag("amsgrad"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public NovoGrad WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public NovoGrad WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public NovoGrad WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public NovoGrad WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public NovoGrad WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="GradientAveraging"/>.</summary>
    /// <param name="value">The value.</param>
    public NovoGrad WithGradientAveraging(bool value) => this with { GradientAveraging = value };

    /// <summary>A copy with another <see cref="AmsGrad"/>.</summary>
    /// <param name="value">The value.</param>
    public NovoGrad WithAmsGrad(bool value) => this with { AmsGrad = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots()
    {
        SlotDeclaration norm = new("exp_avg_norm") { Dimensions = _ => [] };
        return AmsGrad ? [norm, norm with { Name = "max_exp_avg_norm" }, new("exp_avg")] : [norm, new("exp_avg")];
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock);
        double beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock), epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        double weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock), gain = GradientAveraging ? 1 - beta1 : 1;
        plan.ApplyWhole(
            AmsGrad ? 2 : 1,
            whole => whole.ThenPerTensor(i => new WideScaleFormula<T>(gain / (Norm(whole, i, beta2) + epsilon))),
            mayThrow: false);
        plan.ApplyGradientTerms(maximize: false, weightDecay * gain);
        plan.Apply(Formula.Then<T, MomentumFormula<T>, ScaleFormula<T>>(new(beta1, 0, plan.Step), new(learningRate)));
    }

    /// <summary>sqrt(v) of a tensor after this gradient; with AMSGrad the largest so far.</summary>
    private double Norm<T>(Whole<T> whole, int tensor, double beta2)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T average = ref whole.ChangeSlot(0)[tensor];
        double norm = whole.UpdateNorm(whole.Tensor(tensor)), before = double.CreateTruncating(average);
        norm = before == 0 ? norm : Norms.WeightedMean(before, norm, beta2);
        average = T.CreateTruncating(norm);
        if (!AmsGrad)
        {
            return norm;
        }

        ref T largest = ref whole.ChangeSlot(1)[tensor];
        largest = T.Max(largest, average);
        return double.CreateTruncating(largest);
    }
}
