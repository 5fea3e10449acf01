using Optim.Values;

namespace Optim.Tuning;

/// <summary>The shape of a range test's curve.</summary>
public enum RangeTestVerdict
{
    /// <summary>The loss fell and rose again: the suggestions are reliable.</summary>
    Usable,

    /// <summary>The loss still fell at the highest rate: higher ones may be better.</summary>
    StillFalling,

    /// <summary>The loss never fell by a tenth of its initial value: all rates are too low, or all too high.</summary>
    NeverFell,

    /// <summary>The loss rose, or was not finite, within the first steps: all rates are too high.</summary>
    DivergedAtOnce,

    /// <summary>There are too few points to estimate a slope: more steps are needed.</summary>
    TooShort,

    /// <summary>Of several tests: their suggestions are a hundredfold apart or more, so that none is reliable.</summary>
    Scattered,
}

/// <summary>A range test's curve and suggestions. Immutable.</summary>
public sealed record RangeTestResult
{
    internal RangeTestResult(RangeTest test, IEnumerable<RatePoint> curve, bool ended)
    {
        Test = test;
        Curve = new ValueList<RatePoint>(curve);
        EndedEarly = ended;
        (Verdict, Steepest, Minimum, Valley) = RangeTestReading.Of(test, Curve, ended);
    }

    /// <summary>The test's settings.</summary>
    public RangeTest Test { get; }

    /// <summary>The steps, the lowest rate first; all finite.</summary>
    public IReadOnlyList<RatePoint> Curve { get; }

    /// <summary>Whether the test ended before the highest rate, because the loss rose too far or was not finite.</summary>
    public bool EndedEarly { get; }

    /// <summary>The shape of the curve.</summary>
    public RangeTestVerdict Verdict { get; }

    /// <summary>The rate of steepest descent of the smoothed loss over the logarithm of the rate, beyond the noise of the plateau; null if the curve has no slope to read.</summary>
    public double? Steepest { get; }

    /// <summary>The rate at which the smoothed loss is lowest: too high for training; null if there is nothing to read.</summary>
    public double? Minimum { get; }

    /// <summary>A tenth of <see cref="Minimum"/>.</summary>
    public double? TenthOfMinimum => Minimum / 10;

    /// <summary>
    /// The geometric middle of the smoothed loss's descent: between the point where it has left the plateau (by a twentieth of its whole descent, and three standard deviations of its noise) and
    /// <see cref="Minimum"/>; null if there is nothing to read.
    /// </summary>
    public double? Valley { get; }

    /// <summary>The suggested rate: the median of <see cref="Steepest"/>, <see cref="TenthOfMinimum"/> and <see cref="Valley"/>; null if none is reliable.</summary>
    public double? Suggestion => Verdict is RangeTestVerdict.Usable or RangeTestVerdict.StillFalling
        ? new[] { Steepest, TenthOfMinimum, Valley }.Order().ElementAt(1)
        : null;

    /// <summary>The reason for the suggestion, or for its absence, in a sentence.</summary>
    public string Reason => RangeTestReading.Reason(this);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(RangeTestResult), PrintMembers);
}
