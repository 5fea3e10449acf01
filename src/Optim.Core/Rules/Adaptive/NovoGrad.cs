namespace Optim;

/// <summary>Momentum of gradients divided by their tensor's root mean square.</summary>
/// <formula>for each tensor v_1 = |g_1|^2, v = b2 v + (1 - b2) |g|^2; d = g / (sqrt(v) + eps) + wd p; m = b1 m + d; p -= lr m</formula>
/// <paper>
/// Ginsburg, Castonguay, Hrinchuk, Kuchaiev, Lavrukhin, Leary, Li, Nguyen, Zhang, Cohen 2019, Training Deep Networks with Stochastic Normalized Gradients
/// </paper>
/// <definition>the paper and pytorch-image-models' NvNovoGrad: v starts at the first gradient's, m sums</definition>
/// <differs>m as an average: GradientAveraging. Some implementations start v at 0 and correct the bias as Adam does.</differs>
/// <remarks>
/// | | is the Euclidean norm of one tensor. A tensor whose gradients were all 0 takes its first v from the first one that is not. Slots: <c>exp_avg_norm</c>,
/// sqrt(v), one element a tensor (the source keeps its square, which float could not hold for gradients beyond 1e19); with AMSGrad <c>max_exp_avg_norm</c>;
/// <c>exp_avg</c>. A gradient that is not finite makes its tensor's v so for good.
/// </remarks>
[RegisteredRule("novograd", "NovoGrad", StartingRate = 0.01, IsElementwise = false, IsPerTensor = true, ExtraMoves = 1)]
public sealed partial record NovoGrad : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.95.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.95;

    /// <summary>b2, in [0, 1). Default 0.98.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.98;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, which enters m but not v; 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether m is an average, <c>b1 m + (1 - b1) d</c>, rather than a sum. Default false.</summary>
    public bool GradientAveraging { get; init; }

    /// <summary>Whether the denominator never decreases (Reddi, Kale and Kumar 2018). Default false.</summary>
    public bool AmsGrad { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots()
    {
        SlotDeclaration norm = new("exp_avg_norm") { Dimensions = _ => [] };
        return AmsGrad ? [norm, norm with { Name = "max_exp_avg_norm" }, new("exp_avg")] : [norm, new("exp_avg")];
    }

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double gain = GradientAveraging ? 1 - at.Beta1 : 1;
        plan.ApplyToTensors(
            AmsGrad ? 2 : 1, context => context.ThenPerTensor(i => new WideScaleFormula<T>(Math.Min(gain / (Norm(context, i, at.Beta2) + at.Epsilon), double.MaxValue))), mayThrow: false);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay * gain);
        plan.Apply(Formula.Then<T, MomentumFormula<T>, ScaleFormula<T>>(new(at.Beta1, 0, plan.Step), new(at.LearningRate)));
    }

    /// <summary>sqrt(v) of a tensor after this gradient; with AMSGrad the largest so far.</summary>
    private double Norm<T>(TensorStepContext<T> context, int tensor, double beta2)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T average = ref context.ChangeSlot(0)[tensor];
        double norm = context.UpdateNorm(context.Tensor(tensor)), before = double.CreateTruncating(average);
        norm = before == 0 ? norm : Norms.WeightedMean(before, norm, beta2);
        average = T.CreateTruncating(norm);
        if (!AmsGrad)
        {
            return norm;
        }

        ref T largest = ref context.ChangeSlot(1)[tensor];
        largest = T.Max(largest, average);
        return double.CreateTruncating(largest);
    }
}
