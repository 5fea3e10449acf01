namespace Optim;

/// <summary>Each unit's gradient within a fraction of its parameters' norm.</summary>
/// <formula>for each slice along the first axis, or vector: c = clip max(|p|, eps); u = g where |g| &lt;= c, else g c / |g|</formula>
/// <paper>Brock, De, Smith, Simonyan 2021, High-Performance Large-Scale Image Recognition Without Normalization</paper>
/// <definition>the paper</definition>
/// <differs>pytorch-image-models divides by max(|g|, 1e-6), which shrinks further where c is below 1e-6.</differs>
/// <remarks>
/// pytorch-image-models' <c>adaptive_clip_grad</c> divides by <c>max(|g|, 1e-6)</c>, which differs where c is below 1e-6: clipping twice then shrinks twice,
/// here it does not. The first axis is the output's, as in PyTorch's layers (out, in, ...). Usually the first rule of a chain, and not applied to the last
/// layer. Norms are accumulated in double. NaN spreads over its unit; beside an infinity the unit's finite elements become 0, and it NaN.
/// </remarks>
[RegisteredRule("adaptive_gradient_clipping", "adaptive gradient clipping", IsElementwise = false, IsPerTensor = true, ExtraMoves = 2)]
public sealed partial record AdaptiveGradientClipping : Rule
{
    private const int LeastRank = 2;

    /// <summary>Clip, the most that the gradient's norm may be as a fraction of the parameters'; more than 0. Default 0.01.</summary>
    [Range(Bounds.Positive)] public partial Schedule ClipFactor { get; init; } = 0.01;

    /// <summary>eps, the least that a unit's norm counts for, so that a unit at 0 may leave it; 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-3;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ObserveClipping(() => plan.ApplyToTensors(
            0,
            context =>
            {
                var blocks = Block.Of(context.Layout, LeastRank);
                context.ThenPerBlock(blocks, i => new WideScaleFormula<T>(Factor(context, blocks[i])));
            },
            mayThrow: false));

        double Factor(TensorStepContext<T> context, Block block)
        {
            double limit = at.ClipFactor * Math.Max(context.ParameterNorm(block), at.Epsilon), norm = context.UpdateNorm(block);
            return norm <= limit ? 1 : limit / norm;
        }
    }
}
