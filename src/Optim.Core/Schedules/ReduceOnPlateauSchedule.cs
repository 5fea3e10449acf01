using System.Globalization;

namespace Optim;

/// <summary>Whether lower or higher metrics are better.</summary>
public enum PlateauMode
{
    /// <summary>Lower is better: losses.</summary>
    Min,

    /// <summary>Higher is better: accuracies.</summary>
    Max,
}

/// <summary>How much a metric must improve on the best so far to count as an improvement. For <see cref="PlateauMode.Min"/>; the maximum is the mirror image.</summary>
public enum PlateauThreshold
{
    /// <summary>By a fraction of the best: <c>m &lt; best - threshold |best|</c>.</summary>
    Relative,

    /// <summary>By an amount: <c>m &lt; best - threshold</c>.</summary>
    Absolute,

    /// <summary>PyTorch's <c>rel</c>: <c>m &lt; best (1 - threshold)</c>, and <c>m > best (1 + threshold)</c> for a maximum. With a negative best it counts small deteriorations as improvements.</summary>
    SignedRelative,
}

/// <summary>A value that is multiplied by a factor when the loss stops improving.</summary>
/// <remarks>
/// PyTorch's <c>ReduceLROnPlateau</c>; its <c>rel</c> is <see cref="PlateauThreshold.SignedRelative"/>. A step is bad when its loss is not
/// better than the best so far, and NaN never is. During the cooldown after a reduction no step counts as bad. After more than
/// <see cref="Patience"/> bad steps in a row the value becomes <c>max(value factor, minValue)</c>, unless the change is at most <see cref="Epsilon"/>. The
/// loss passed to a step affects that step's value.
/// Scalars in the state: <c>best</c>, <c>bad_epochs</c>, <c>cooldown</c> and <c>scale</c>, the product of all factors.
/// </remarks>
public sealed record ReduceOnPlateauSchedule : Schedule
{
    private const int BestIndex = 0, BadEpochsIndex = 1, CooldownIndex = 2, ScaleIndex = 3;

    /// <summary>Sets the value and its reductions.</summary>
    /// <param name="value">The value before any reduction; finite.</param>
    /// <param name="factor">The factor of a reduction, in [0, 1). Default 0.1.</param>
    /// <param name="patience">The number of bad steps tolerated, 0 or more. Default 10.</param>
    /// <param name="threshold">The minimum improvement, 0 or more. Default 1e-4.</param>
    /// <param name="thresholdMode">How the threshold is applied. Default <see cref="PlateauThreshold.Relative"/>.</param>
    /// <param name="mode">Whether lower or higher is better. Default <see cref="PlateauMode.Min"/>.</param>
    /// <param name="cooldown">The steps after a reduction during which no step counts as bad, 0 or more. Default 0.</param>
    /// <param name="minValue">The lower bound of the reductions; finite. Default 0.</param>
    /// <param name="epsilon">The minimum change for a reduction, 0 or more. Default 1e-8.</param>
    /// <param name="requiresLoss">Whether a step without a loss is an error. If not, such a step is not observed: for losses known only once per epoch. Default true.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public ReduceOnPlateauSchedule(
        double value, double factor = 0.1, long patience = 10, double threshold = 1e-4, PlateauThreshold thresholdMode = PlateauThreshold.Relative,
        PlateauMode mode = PlateauMode.Min, long cooldown = 0, double minValue = 0, double epsilon = 1e-8, bool requiresLoss = true)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        Factor = Constraint.UnitInterval.Check(factor, nameof(factor));
        Patience = Constraint.CheckSteps(patience, 0, nameof(patience));
        Threshold = Constraint.NonNegative.Check(threshold, nameof(threshold));
        ThresholdMode = Constraint.CheckDefined(thresholdMode, nameof(thresholdMode));
        Mode = Constraint.CheckDefined(mode, nameof(mode));
        Cooldown = Constraint.CheckSteps(cooldown, 0, nameof(cooldown));
        MinValue = Constraint.Finite.Check(minValue, nameof(minValue));
        Epsilon = Constraint.NonNegative.Check(epsilon, nameof(epsilon));
        RequiresLoss = requiresLoss;
    }

    /// <summary>The value before any reduction.</summary>
    public double Value { get; }

    /// <summary>The factor of a reduction.</summary>
    public double Factor { get; }

    /// <summary>The number of bad steps tolerated.</summary>
    public long Patience { get; }

    /// <summary>The minimum improvement.</summary>
    public double Threshold { get; }

    /// <summary>How the threshold is applied.</summary>
    public PlateauThreshold ThresholdMode { get; }

    /// <summary>Whether lower or higher is better.</summary>
    public PlateauMode Mode { get; }

    /// <summary>The steps after a reduction during which no step counts as bad.</summary>
    public long Cooldown { get; }

    /// <summary>The lower bound of the reductions.</summary>
    public double MinValue { get; }

    /// <summary>The minimum change for a reduction.</summary>
    public double Epsilon { get; }

    /// <summary>Whether a step without a loss is an error.</summary>
    public bool RequiresLoss { get; }

    /// <summary>The value before any loss was observed; in a run, the current value is in the state.</summary>
    /// <param name="step">The number of steps taken before; 0 or more.</param>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Value;
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"ReduceOnPlateau({Value}, times {Factor} down to {MinValue}, patience {Patience}, {Mode}, threshold {Threshold} {ThresholdMode}, cooldown {Cooldown}, epsilon {Epsilon})");

    internal override IReadOnlyList<ScalarDeclaration> DeclareScalars() =>
        [new("best", Mode == PlateauMode.Min ? double.PositiveInfinity : double.NegativeInfinity), new("bad_epochs"), new("cooldown"), new("scale", 1)];

    internal override double At(long step, ScheduleScalars? scalars)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (scalars is null)
        {
            return Value;
        }

        double scale = scalars[ScaleIndex];
        if (scalars.Loss is not { } loss)
        {
            return !RequiresLoss || !scalars.Observes ? Reduced(scale) : throw new ArgumentException($"{this} needs the loss at each step: Step(state, gradient, loss: ...).", "loss");
        }

        bool better = IsBetter(loss, scalars[BestIndex]);
        double bad = better ? 0 : scalars[BadEpochsIndex] + 1, cooldown = scalars[CooldownIndex];
        scalars[BestIndex] = better ? loss : scalars[BestIndex];
        if (cooldown > 0)
        {
            cooldown--;
            bad = 0;
        }

        if (bad > Patience)
        {
            (bad, cooldown) = (0, Cooldown);
            scale = Reduced(scale) - Reduced(scale * Factor) > Epsilon ? scale * Factor : scale;
        }

        scalars[BadEpochsIndex] = bad;
        scalars[CooldownIndex] = cooldown;
        scalars[ScaleIndex] = scale;
        return Reduced(scale);
    }

    private double Reduced(double scale) => scale == 1 ? Value : Math.Max(Value * scale, MinValue);

    private bool IsBetter(double loss, double best)
    {
        // What is to be maximized is minimized with the other sign.
        var (m, b) = Mode == PlateauMode.Min ? (loss, best) : (-loss, -best);
        return ThresholdMode switch
        {
            _ when double.IsInfinity(b) => m < b,
            PlateauThreshold.Absolute => m < b - Threshold,
            PlateauThreshold.Relative => m < b * (b < 0 ? 1 + Threshold : 1 - Threshold),
            _ => m < b * (Mode == PlateauMode.Min ? 1 - Threshold : 1 + Threshold),
        };
    }
}
