namespace Optim;

/// <summary>Adam with decoupled decay, each tensor's step in proportion to its norm.</summary>
/// <formula>m, v as Adam; u = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + wd p; for each tensor r = |p| / |u|, 1 where a norm is 0; p -= lr r u</formula>
/// <paper>
/// You, Li, Reddi, Hseu, Kumar, Bhojanapalli, Song, Demmel, Keutzer, Hsieh 2020, Large Batch Optimization for Deep Learning: Training BERT in 76 minutes
/// </paper>
/// <definition>pytorch-image-models: phi is the identity, bias corrected, no ratio without weight decay</definition>
/// <differs>
/// cybertronai clamps |p| at 10 (MaxParameterNorm), corrects no bias or that of the whole step (BiasCorrection, CorrectWholeStep), adapts without decay
/// (AlwaysAdapt). Clipping the gradient to norm 1 first: MaxGradientNorm.
/// </differs>
/// <remarks>
/// | | is the Euclidean norm of one tensor, and the paper's phi is the identity, or <c>min(|p|, c)</c> by <see cref="MaxParameterNorm"/>. The ratio is taken
/// only where there is weight decay, or with <see cref="AlwaysAdapt"/>. (pytorch-image-models clips the gradient's norm to 1 by default:
/// <see cref="MaxGradientNorm"/>.) cybertronai's pytorch-lamb is no <see cref="BiasCorrection"/>, <see cref="AlwaysAdapt"/> and a
/// <see cref="MaxParameterNorm"/> of 10; its correction is <see cref="CorrectWholeStep"/>. Norms are accumulated in double, and one that is NaN counts as 0,
/// so that the tensor's sound elements go on with ratio 1; a gradient clipped by a norm that is NaN becomes NaN. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
[RegisteredRule("lamb", "LAMB", StartingRate = 0.003, IsElementwise = false, IsPerTensor = true, ExtraMoves = 4)]
public sealed partial record Lamb : Rule
{
    /// <summary>lr, the fraction of its norm that a tensor moves; 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-6;

    /// <summary>wd, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0.01;

    /// <summary>The norm over all tensors that the gradient is shrunk to before anything else, as <see cref="ClipByGlobalNorm"/> does; 0, the default, for no limit.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule MaxGradientNorm { get; init; } = 0;

    /// <summary>c, the most that |p| counts for in the ratio; 0, the default, for no limit.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule MaxParameterNorm { get; init; } = 0;

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

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByAdam().DeclareSlots();

    /// <inheritdoc/>
    public override bool CountsSteps() => BiasCorrection;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var adam = new AdamFormula<T>(new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step, BiasCorrection && !CorrectWholeStep, GradientAveraging));
        double learningRate = at.LearningRate * (BiasCorrection && CorrectWholeStep ? AdamCorrection.OfStep(Beta1.At(plan.Clock), Beta2.At(plan.Clock), plan.Step) : 1);
        if (at.MaxGradientNorm != 0)
        {
            plan.Prepare(new ClipByGlobalNorm { MaxNorm = at.MaxGradientNorm, Epsilon = 0 });
        }

        double weightDecay = plan.DecayWhereAny(at.WeightDecay);
        if (weightDecay != 0 && plan.Exempt is not null)
        {
            plan.ApplyToTensors(
                AdamFormula<T>.SlotCount,
                context =>
                {
                    context.Sweep(adam);
                    context.Decay(weightDecay);
                    if (AlwaysAdapt)
                    {
                        context.ThenPerTensor(Adapted);
                    }
                    else
                    {
                        context.ThenPerTensor(i => new ScaleFormula<T>(learningRate), Adapted);
                    }

                    WideScaleFormula<T> Adapted(int tensor) => new(learningRate * Ratio(context, tensor, at.MaxParameterNorm));
                },
                mayThrow: false);
        }
        else if (weightDecay != 0)
        {
            ApplyDirection(plan, Formula.Then<T, AdamFormula<T>, DecayFormula<T>>(adam, new(at.WeightDecay)), learningRate, at.MaxParameterNorm, adapt: true);
        }
        else
        {
            ApplyDirection(plan, adam, learningRate, at.MaxParameterNorm, AlwaysAdapt);
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

        plan.ApplyToTensors(
            F.SlotCount,
            context =>
            {
                context.Sweep(direction);
                context.ThenPerTensor(i => new WideScaleFormula<T>(rate * Ratio(context, i, maxParameterNorm)));
            },
            mayThrow: false);
    }

    private double Ratio<T>(TensorStepContext<T> context, int tensor, double maxParameterNorm)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var block = context.Tensor(tensor);
        double p = context.ParameterNorm(block), u = context.UpdateNorm(block);
        p = maxParameterNorm == 0 ? p : Math.Min(p, maxParameterNorm);
        double ratio = p > 0 && u > 0 ? p / u : 1;
        return ClipTrust ? Math.Min(ratio, 1) : ratio;
    }
}
