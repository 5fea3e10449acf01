using Optim.Execution;
using Optim.Trajectories;

namespace Optim;

/// <summary>
/// Adaptive gradient clipping: each unit's gradient within a fraction of the norm of the unit's parameters,
/// <c>c = clip max(|p|, eps); u = g</c> where |g| &lt;= c, else <c>u = g c / |g|</c>.
/// A unit is a slice of a tensor along its first axis (a row of a weight matrix, an output channel's kernel), or a vector as a whole.
/// </summary>
/// <remarks>
/// Paper and definition: Brock, De, Smith and Simonyan 2021. pytorch-image-models' <c>adaptive_clip_grad</c> divides by <c>max(|g|, 1e-6)</c>, which
/// differs where c is below 1e-6: clipping twice then shrinks twice, here it does not. The first axis is the output's, as in PyTorch's
/// layers (out, in, ...). Usually the first rule of a chain, and not applied to the last layer. Norms are accumulated in double. NaN
/// spreads over its unit; beside an infinity the unit's finite elements become 0, and it NaN.
/// </remarks>
public sealed record AdaptiveGradientClipping : Rule
{
    private const int LeastRank = 2;

    /// <summary>Clip, the most that the gradient's norm may be as a fraction of the parameters'; more than 0. Default 0.01.</summary>
    public Schedule ClipFactor { get; init => field = Constraint.Positive.Check(value); } = 0.01;

    /// <summary>eps, the least that a unit's norm counts for, so that a unit at 0 may leave it; 0 or more. Default 0.001.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    internal static RuleEntry Entry { get; } = new(
        "adaptive_gradient_clipping", "adaptive gradient clipping", "Each unit's gradient within a fraction of its parameters' norm.",
        () => new AdaptiveGradientClipping())
    {
        IsElementwise = false,
        IsPerTensor = true,
        ExtraMoves = 2,
        Formula = "for each slice along the first axis, or vector: c = clip max(|p|, eps); u = g where |g| <= c, else g c / |g|",
        Paper = "Brock, De, Smith, Simonyan 2021, High-Performance Large-Scale Image Recognition Without Normalization",
        Definition = "the paper",
        Disagreements = "pytorch-image-models divides by max(|g|, 1e-6), which shrinks further where c is below 1e-6.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adaptive_gradient_clipping"] = h => new AdaptiveGradientClipping { ClipFactor = h.Number("clip_factor"), Epsilon = h.Number("eps") },
        },
    };

    /// <summary>A copy with another <see cref="ClipFactor"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaptiveGradientClipping WithClipFactor(Schedule value) => this with { ClipFactor = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaptiveGradientClipping WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double clipFactor = Constraint.Positive.At(ClipFactor, plan.Clock), epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        plan.ObserveClipping(() => plan.ApplyWhole(
            0,
            whole =>
            {
                var blocks = Block.Of(whole.Layout, LeastRank);
                whole.ThenPerBlock(blocks, i => new WideScaleFormula<T>(Factor(whole, blocks[i])));
            },
            mayThrow: false));

        double Factor(Whole<T> whole, Block block)
        {
            double limit = clipFactor * Math.Max(whole.ParameterNorm(block), epsilon), norm = whole.UpdateNorm(block);
            return norm <= limit ? 1 : limit / norm;
        }
    }
}
