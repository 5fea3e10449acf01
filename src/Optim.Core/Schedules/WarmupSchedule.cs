using System.Globalization;

namespace Optim;

/// <summary>The shape of a <see cref="WarmupSchedule"/>.</summary>
public enum WarmupCurve
{
    /// <summary>In a straight line.</summary>
    Linear,

    /// <summary>Constant: one low value, then a jump.</summary>
    Constant,

    /// <summary>Geometric: by the same factor each step.</summary>
    Exponential,
}

/// <summary>A warmup of W steps to the first value v of another schedule.</summary>
/// <remarks>
/// Without a start value the first value is v / W: the line is <c>v (t + 1) / W</c> (Goyal et al. 2017), so that the last warmup step already has the value
/// v. With a start value s, which is then the first value itself (0 for Hugging Face's schedules), it is <c>s + (v - s) t / W</c>. The exponential rise is
/// <c>s (v / s)^(t / W)</c> and the constant one s, with s = v / W by default.
/// After the warmup the schedule starts at its own step 0, or, with <see cref="Overlap"/>, continues at step W.
/// </remarks>
public sealed record WarmupSchedule : Schedule
{
    /// <summary>Adds a warmup to a schedule.</summary>
    /// <param name="body">The schedule.</param>
    /// <param name="warmupSteps">W; 0 for none.</param>
    /// <param name="curve">The shape of the warmup. Default <see cref="WarmupCurve.Linear"/>.</param>
    /// <param name="startValue">The first value, finite; null, the default, for v / W. An exponential warmup requires the sign of v, not 0.</param>
    /// <param name="overlap">Whether the warmup replaces the schedule's first W steps (timm's <c>warmup_prefix=False</c>). Default false.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public WarmupSchedule(Schedule body, long warmupSteps, WarmupCurve curve = WarmupCurve.Linear, double? startValue = null, bool overlap = false)
    {
        ArgumentNullException.ThrowIfNull(body);
        Body = body;
        WarmupSteps = Constraint.CheckSteps(warmupSteps, 0, nameof(warmupSteps));
        Curve = Constraint.CheckDefined(curve, nameof(curve));
        StartValue = startValue is { } start ? Constraint.Finite.Check(start, nameof(startValue)) : null;
        Overlap = overlap;
        if (curve == WarmupCurve.Exponential && warmupSteps > 0 && Math.Sign(First) * Math.Sign(body.At(0)) != 1)
        {
            throw new ArgumentOutOfRangeException(nameof(startValue), string.Create(
                CultureInfo.InvariantCulture,
                $"{nameof(startValue)} of an exponential warmup must have the sign of the value it leads to, {body.At(0)}, and not be 0, was {First}."));
        }
    }

    /// <summary>The schedule after the warmup.</summary>
    public Schedule Body { get; }

    /// <summary>The warmup steps.</summary>
    public long WarmupSteps { get; }

    /// <summary>The shape of the warmup.</summary>
    public WarmupCurve Curve { get; }

    /// <summary>The first value; null for the schedule's first value divided by W.</summary>
    public double? StartValue { get; }

    /// <summary>Whether the warmup replaces the schedule's first steps.</summary>
    public bool Overlap { get; }

    private double First => StartValue ?? Body.At(0) / WarmupSteps;

    /// <inheritdoc/>
    public override double At(long step) => At(step, null);

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Warmup({Curve}, {WarmupSteps} steps from {(WarmupSteps > 0 ? First : Body.At(0))}, {(Overlap ? "over" : "then")} {Body})");

    internal override IReadOnlyList<Schedule> DeclareInner() => [Body];

    internal override double At(long step, ScheduleScalars? scalars)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step >= WarmupSteps)
        {
            return Body.At(Overlap ? step : step - WarmupSteps, scalars);
        }

        // The body has not begun: a stateful one observes nothing yet.
        double peak = Body.At(0);
        return Curve switch
        {
            WarmupCurve.Constant => First,
            WarmupCurve.Exponential => Anneal.Geometric(First, peak, (double)step / WarmupSteps, (double)(WarmupSteps - step) / WarmupSteps),
            _ => StartValue is { } start ? Anneal.Between(start, peak, step, WarmupSteps) : Anneal.Between(0, peak, step + 1, WarmupSteps),
        };
    }
}
