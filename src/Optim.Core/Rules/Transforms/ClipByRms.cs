namespace Optim;

/// <summary>Each tensor's update within a root mean square.</summary>
/// <formula>for each tensor: u = u / max(1, RMS(u) / d)</formula>
/// <paper>Shazeer and Stern 2018, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost</paper>
/// <definition>the paper's update clipping</definition>
/// <differs>StableAdamW (Wortsman et al. 2023) takes the RMS of g / max(sqrt(v), eps), without momentum.</differs>
/// <remarks>
/// Adafactor's update clipping (Shazeer and Stern 2018, section 6). Behind <see cref="ScaleByAdam"/> it keeps steps in bounds that an outdated second moment
/// would make too long. StableAdamW (Wortsman et al. 2023) takes the root mean square of <c>g / max(sqrt(v), eps)</c>, the update without its momentum, and
/// divides the learning rate by it. A tensor of n elements is clipped as <see cref="ClipByTensorNorm"/> would at <c>d sqrt(n)</c>. NaN spreads over its
/// tensor; beside an infinity the tensor's finite elements become 0, and it NaN.
/// </remarks>
[RegisteredRule("clip_by_rms", "clipping by RMS", IsElementwise = false, IsPerTensor = true, ExtraMoves = 1)]
public sealed partial record ClipByRms : Rule
{
    /// <summary>Sets the largest root mean square, 1 at first.</summary>
    public ClipByRms()
    {
    }

    /// <summary>Sets the largest root mean square.</summary>
    /// <param name="clipThreshold">d; more than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not positive and finite.</exception>
    public ClipByRms(Schedule clipThreshold) => ClipThreshold = clipThreshold;

    /// <summary>d, the root mean square above which an update is shrunk to it; more than 0. Default 1.</summary>
    [Range(Bounds.Positive)] public partial Schedule ClipThreshold { get; init; } = 1;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ObserveClipping(() => plan.ApplyToTensors(
            0, context => context.ThenPerTensor(i => new WideScaleFormula<T>(1 / Divisor(context, i, at.ClipThreshold))), mayThrow: false));
    }

    /// <summary><c>max(1, RMS(u) / d)</c> of one tensor.</summary>
    internal static double Divisor<T>(TensorStepContext<T> context, int tensor, double threshold)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var block = context.Tensor(tensor);
        double ratio = context.UpdateNorm(block) / Math.Sqrt(Math.Max(1, block.Length)) / threshold;

        // What is above by no more than rounding is at the limit, so that clipping twice is clipping once. NaN stays.
        return ratio <= 1 + (typeof(T) == typeof(float) ? 1e-6 : 1e-14) ? 1 : ratio;
    }
}
