using System.Numerics;
using Optim.Execution;
using Optim.Trajectories;

namespace Optim;

/// <summary>
/// Adam with decoupled weight decay: m and v as in <see cref="Adam"/>, without the decay;
/// <c>p -= lr ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + wd p)</c>, with p from before the step.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>AdamW</c> (Loshchilov and Hutter 2019): the decay is multiplied by the learning rate, and by the current one.
/// (The paper multiplies it by the schedule's factor alone.) The moments never see the decay. With <see cref="Cautious"/> an element's update
/// depends on how many others of its tensor are kept.
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, with AMSGrad <c>max_exp_avg_sq</c>. Equals the chain of <see cref="ScaleByAdam"/>,
/// <see cref="AddDecayedWeights"/> and <see cref="ScaleByLearningRate"/>.
/// </remarks>
public sealed record AdamW : Rule
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

    /// <summary>Whether the denominator never decreases (Reddi, Kale and Kumar 2018). Default false.</summary>
    public bool AmsGrad { get; init; }

    /// <summary>
    /// Whether the elements of the quotient that point against the gradient are left out, and the rest of each tensor is enlarged by one over
    /// the fraction kept, at most 1000 times (Liang et al. 2024, "Cautious Optimizers"; as in pytorch-image-models). The moments are not masked. Default false.
    /// </summary>
    public bool Cautious { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "adamw", "AdamW", "Adam with decoupled weight decay.",
        () => new AdamW(), 0.005, rate => new AdamW { LearningRate = rate })
    {
        Formula = """
            m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2
            p -= lr ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + wd p)
            """,
        Paper = "Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization",
        Definition = "PyTorch's AdamW: the decay is multiplied by the current learning rate, with p from before the step",
        Disagreements = "The paper multiplies the decay by the schedule's factor alone.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adamw"] = Common,
            ["adamw_cautious/cautious"] = h => Common(h) with { Cautious = h.Flag("caution") },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamW WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamW WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamW WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamW WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamW WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="AmsGrad"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamW WithAmsGrad(bool value) => this with { AmsGrad = value };

    /// <summary>A copy with another <see cref="Cautious"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamW WithCautious(bool value) => this with { Cautious = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamW WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByAdam { AmsGrad = AmsGrad }.DeclareSlots();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var scalars = AdamScalars<T>.At(plan.Clock, Beta1, Beta2, Epsilon);
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        if (AmsGrad)
        {
            ApplyDecoupled(plan, new AmsGradFormula<T>(scalars));
        }
        else
        {
            ApplyDecoupled(plan, new AdamFormula<T>(scalars));
        }
    }

    private static AdamW Common(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
        WeightDecay = h.Number("weight_decay"), AmsGrad = h.Flag("amsgrad"), Maximize = h.Flag("maximize"),
    };

    private void ApplyDecoupled<T, F>(Plan<T> plan, F direction)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        if (Cautious)
        {
            plan.ApplyCautiously(direction, learningRate, weightDecay);
        }
        else
        {
            plan.ApplyAtRate(direction, learningRate, weightDecay);
        }
    }
}
