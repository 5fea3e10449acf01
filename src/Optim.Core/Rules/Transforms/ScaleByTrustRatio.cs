namespace Optim;

/// <summary>The update of each tensor in proportion to the tensor's norm.</summary>
/// <formula>u = c max(|p|, n) / (max(|u|, n) + eps) u, for each tensor; u where one of the two is 0</formula>
/// <paper>You, Gitman and Ginsburg 2017, Large Batch Training of Convolutional Networks</paper>
/// <definition>Optax's scale_by_trust_ratio: the fallback is a factor of 1, not of c</definition>
/// <remarks>The piece of <see cref="Lars"/> and <see cref="Lamb"/>. Norms are accumulated in double, and one that is NaN counts as 0.</remarks>
[RegisteredRule("scale_by_trust_ratio", "trust ratio", IsElementwise = false, IsPerTensor = true, ExtraMoves = 2)]
public sealed partial record ScaleByTrustRatio : Rule
{
    /// <summary>c, 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule TrustCoefficient { get; init; } = 1;

    /// <summary>n, the least norm, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule MinNorm { get; init; } = 0;

    /// <summary>eps, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 0;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyToTensors(0, context => context.ThenPerTensor(i => new WideScaleFormula<T>(Ratio(context, i, at.TrustCoefficient, at.MinNorm, at.Epsilon))), mayThrow: false);
    }

    private static double Ratio<T>(TensorStepContext<T> context, int tensor, double coefficient, double least, double epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var block = context.Tensor(tensor);
        double p = Math.Max(context.ParameterNorm(block), least), u = Math.Max(context.UpdateNorm(block), least);
        return p > 0 && u > 0 ? Math.Min(coefficient * p / (u + epsilon), double.MaxValue) : 1;
    }
}
