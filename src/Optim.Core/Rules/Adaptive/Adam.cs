using System.Numerics;
using Optim.Execution;
using Optim.Trajectories;

namespace Optim;

/// <summary>
/// Adam: <c>g += wd p; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
/// p -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)</c>.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>Adam</c> (Kingma and Ba 2015, algorithm 1). The weight decay is L2: it enters the moments;
/// <see cref="AdamW"/> decouples it. AMSGrad takes the maximum over the uncorrected v, then corrects it (the paper corrects neither).
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, with AMSGrad <c>max_exp_avg_sq</c>. Equals the chain of <see cref="AddDecayedWeights"/>,
/// <see cref="ScaleByAdam"/> and <see cref="ScaleByLearningRate"/>.
/// </remarks>
public sealed record Adam : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the denominator never decreases (Reddi, Kale and Kumar 2018). Default false.</summary>
    public bool AmsGrad { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "adam", "Adam", "Momentum and root mean square, both bias-corrected.",
        () => new Adam(), 0.005, rate => new Adam { LearningRate = rate })
    {
        Formula = """
            g += wd p
            m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2
            p -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps); AMSGrad: the largest v so far
            """,
        Paper = "Kingma and Ba 2015, Adam: A Method for Stochastic Optimization; Reddi, Kale and Kumar 2018 (AMSGrad)",
        Definition = "PyTorch's Adam: epsilon is added to the corrected root; AMSGrad takes the maximum of the uncorrected v, then corrects it",
        Disagreements = "TensorFlow adds epsilon to the uncorrected root (the paper's epsilon-hat). Reddi et al. correct nothing.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adam"] = h => new Adam
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), AmsGrad = h.Flag("amsgrad"), Maximize = h.Flag("maximize"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Adam WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Adam WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Adam WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Adam WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Adam WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="AmsGrad"/>.</summary>
    /// <param name="value">The value.</param>
    public Adam WithAmsGrad(bool value) => this with { AmsGrad = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public Adam WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByAdam { AmsGrad = AmsGrad }.DeclareSlots();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var scalars = AdamScalars<T>.At(plan.Clock, Beta1, Beta2, Epsilon);
        var rate = new ScaleFormula<T>(Constraint.NonNegative.At(LearningRate, plan.Clock));
        double weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        plan.ApplyGradientTerms(Maximize, weightDecay);
        if (AmsGrad)
        {
            plan.Apply(Formula.Then<T, AmsGradFormula<T>, ScaleFormula<T>>(new(scalars), rate));
        }
        else
        {
            plan.Apply(Formula.Then<T, AdamFormula<T>, ScaleFormula<T>>(new(scalars), rate));
        }
    }
}
