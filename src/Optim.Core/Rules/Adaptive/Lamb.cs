using System.Numerics;
using Optim.Execution;
using Optim.Trajectories;

namespace Optim;

/// <summary>
/// LAMB, layer-wise adaptive moments: m and v as in <see cref="Adam"/>, <c>u = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + wd p</c>;
/// for each tensor <c>r = |p| / |u|</c>, 1 where a norm is 0; <c>p -= lr r u</c>.
/// </summary>
/// <remarks>
/// Paper: You, Li, Reddi, Hseu, Kumar, Bhojanapalli, Song, Demmel, Keutzer and Hsieh 2020; | | is the Euclidean norm of one tensor, and the
/// paper's phi is the identity, or <c>min(|p|, c)</c> by <see cref="MaxParameterNorm"/>. Definition: pytorch-image-models' <c>Lamb</c>: the
/// ratio is taken only where there is weight decay, or with <see cref="AlwaysAdapt"/>. (It clips the gradient's norm to 1 by
/// default: <see cref="MaxGradientNorm"/>.) cybertronai's pytorch-lamb is no <see cref="BiasCorrection"/>, <see cref="AlwaysAdapt"/> and a
/// <see cref="MaxParameterNorm"/> of 10; its correction is <see cref="CorrectWholeStep"/>. Norms are accumulated in double, and one that
/// is NaN counts as 0, so that the tensor's sound elements go on with ratio 1; a gradient clipped by a norm that is NaN becomes NaN.
/// Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
public sealed record Lamb : Rule
{
    /// <summary>lr, the fraction of its norm that a tensor moves; 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-6.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-6;

    /// <summary>wd, 0 or more. Default 0.01.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>The norm over all tensors that the gradient is shrunk to before anything else, as <see cref="ClipByGlobalNorm"/> does; 0, the default, for no limit.</summary>
    public Schedule MaxGradientNorm { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>c, the most that |p| counts for in the ratio; 0, the default, for no limit.</summary>
    public Schedule MaxParameterNorm { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the bias towards 0 of m and v is corrected. Default true.</summary>
    public bool BiasCorrection { get; init; } = true;

    /// <summary>Whether the correction multiplies the whole step, the decay included, by <c>sqrt(1 - b2^t) / (1 - b1^t)</c> instead of entering m and v. Default false.</summary>
    public bool CorrectWholeStep { get; init; }

    /// <summary>Whether m is an average, <c>b1 m + (1 - b1) g</c>, rather than a sum, <c>b1 m + g</c>. Default true.</summary>
    public bool GradientAveraging { get; init; } = true;

    /// <summary>Whether the ratio stays at or below 1. Default false.</summary>
    public bool ClipTrust { get; init; }

    /// <summary>Whether the ratio is taken without weight decay too. Default false.</summary>
    public bool AlwaysAdapt { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "lamb", "LAMB", "Adam with decoupled decay, each tensor's step in proportion to its norm.",
        () => new Lamb(), 0.003, rate => new Lamb { LearningRate = rate })
    {
        IsElementwise = false,
        IsPerTensor = true,
        ExtraMoves = 4,
        Formula = "m, v as Adam; u = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + wd p; for each tensor r = |p| / |u|, 1 where a norm is 0; p -= lr r u",
        Paper = "You, Li, Reddi, Hseu, Kumar, Bhojanapalli, Song, Demmel, Keutzer, Hsieh 2020, Large Batch Optimization for Deep Learning: Training BERT in 76 minutes",
        Definition = "pytorch-image-models: phi is the identity, bias corrected, no ratio without weight decay",
        Disagreements = "cybertronai clamps |p| at 10 (MaxParameterNorm), corrects no bias or that of the whole step (BiasCorrection, CorrectWholeStep), adapts "
            + "without decay (AlwaysAdapt). Clipping the gradient to norm 1 first: MaxGradientNorm.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["lamb"] = h => new Lamb
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), MaxGradientNorm = h.OptionalNumber("max_grad_norm") ?? 0, BiasCorrection = h.Flag("bias_correction"),
                GradientAveraging = h.Flag("grad_averaging"), ClipTrust = h.Flag("trust_clip"), AlwaysAdapt = h.Flag("always_adapt"),
            },
            ["lamb_clamped/lamb-cybertronai"] = h => new Lamb
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), MaxParameterNorm = h.Number("clamp_value"), BiasCorrection = h.Flag("debias"),
                CorrectWholeStep = true, AlwaysAdapt = true,
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="MaxGradientNorm"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithMaxGradientNorm(Schedule value) => this with { MaxGradientNorm = value };

    /// <summary>A copy with another <see cref="MaxParameterNorm"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithMaxParameterNorm(Schedule value) => this with { MaxParameterNorm = value };

    /// <summary>A copy with another <see cref="BiasCorrection"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithBiasCorrection(bool value) => this with { BiasCorrection = value };

    /// <summary>A copy with another <see cref="CorrectWholeStep"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithCorrectWholeStep(bool value) => this with { CorrectWholeStep = value };

    /// <summary>A copy with another <see cref="GradientAveraging"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithGradientAveraging(bool value) => this with { GradientAveraging = value };

    /// <summary>A copy with another <see cref="ClipTrust"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithClipTrust(bool value) => this with { ClipTrust = value };

    /// <summary>A copy with another <see cref="AlwaysAdapt"/>.</summary>
    /// <param name="value">The value.</param>
    public Lamb WithAlwaysAdapt(bool value) => this with { AlwaysAdapt = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByAdam().DeclareSlots();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double maxGradientNorm = Constraint.NonNegative.At(MaxGradientNorm, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        var adam = new AdamFormula<T>(AdamScalars<T>.At(plan.Clock, Beta1, Beta2, Epsilon, BiasCorrection && !CorrectWholeStep, GradientAveraging));
        double maxParameterNorm = Constraint.NonNegative.At(MaxParameterNorm, plan.Clock), rate = Constraint.NonNegative.At(LearningRate, plan.Clock);
        rate *= BiasCorrection && CorrectWholeStep ? AdamCorrection.OfStep(Beta1.At(plan.Clock), Beta2.At(plan.Clock), plan.Step) : 1;
        if (maxGradientNorm != 0)
        {
            plan.Prepare(new ClipByGlobalNorm { MaxNorm = maxGradientNorm, Epsilon = 0 });
        }

        if (weightDecay != 0)
        {
            ApplyDirection(plan, Formula.Then<T, AdamFormula<T>, DecayFormula<T>>(adam, new(weightDecay)), rate, maxParameterNorm, adapt: true);
        }
        else
        {
            ApplyDirection(plan, adam, rate, maxParameterNorm, AlwaysAdapt);
        }
    }

    private void ApplyDirection<T, F>(Plan<T> plan, F direction, double rate, double maxParameterNorm, bool adapt)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        if (!adapt)
        {
            plan.Apply(Formula.Then<T, F, ScaleFormula<T>>(direction, new(rate)));
            return;
        }

        plan.ApplyWhole(
            F.SlotCount,
            whole =>
            {
                whole.Sweep(direction);
                whole.ThenPerTensor(i => new WideScaleFormula<T>(rate * Ratio(whole, i, maxParameterNorm)));
            },
            mayThrow: false);
    }

    private double Ratio<T>(Whole<T> whole, int tensor, double maxParameterNorm)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var block = whole.Tensor(tensor);
        double p = whole.ParameterNorm(block), u = whole.UpdateNorm(block);
        p = maxParameterNorm == 0 ? p : Math.Min(p, maxParameterNorm);
        double ratio = p > 0 && u > 0 ? p / u : 1;
        return ClipTrust ? Math.Min(ratio, 1) : ratio;
    }
}
