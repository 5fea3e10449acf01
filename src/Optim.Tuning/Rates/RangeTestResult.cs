using Optim.Values;

namespace Optim.Tuning;

/// <summary>What a range test's curve looks like.</summary>
public enum RangeTestVerdict
{
    /// <summary>The loss fell, and rose again: the suggestions are to be trusted.</summary>
    Usable,

    /// <summary>The loss still fell at the highest rate: higher ones may be better.</summary>
    StillFalling,

    /// <summary>The loss never fell by a tenth of what it was at first: every rate is too low, or every one too high.</summary>
    NeverFell,

    /// <summary>The loss rose, or was not finite, within the first steps: every rate is too high.</summary>
    DivergedAtOnce,

    /// <summary>There are too few points to tell a slope: more steps are needed.</summary>
    TooShort,

    /// <summary>Of several tests: they suggest rates a hundredfold apart or more, so that none is to be trusted.</summary>
    Scattered,
}

/// <summary>A range test's curve and what it suggests. Immutable.</summary>
public sealed record RangeTestResult
{
    internal RangeTestResult(RangeTest test, IEnumerable<RatePoint> curve, bool ended)
    {
        Test = test;
        Curve = new ValueList<RatePoint>(curve);
        EndedEarly = ended;
        (Verdict, Steepest, Minimum, Valley) = RangeTestReading.Of(test, Curve, ended);
    }

    /// <summary>How the test was made.</summary>
    public RangeTest Test { get; }

    /// <summary>The steps, the lowest rate first; all finite.</summary>
    public IReadOnlyList<RatePoint> Curve { get; }

    /// <summary>Whether the test ended before the highest rate, because the loss rose too far or was not finite.</summary>
    public bool EndedEarly { get; }

    /// <summary>What the curve looks like.</summary>
    public RangeTestVerdict Verdict { get; }

    /// <summary>The rate at which the smoothed loss falls the most for a factor in the rate, once it has left the noise of the plateau; null where the curve has no slope to read.</summary>
    public double? Steepest { get; }

    /// <summary>The rate at which the smoothed loss is lowest: too high to train with; null where there is nothing to read.</summary>
    public double? Minimum { get; }

    /// <summary>A tenth of <see cref="Minimum"/>.</summary>
    public double? TenthOfMinimum => Minimum / 10;

    /// <summary>
    /// The middle, by ratio, of the smoothed loss's fall: between where it has left the plateau (by a twentieth of its whole fall, and three standard deviations of its noise) and
    /// <see cref="Minimum"/>; null where there is nothing to read.
    /// </summary>
    public double? Valley { get; }

    /// <summary>The rate to begin with: the middle one of <see cref="Steepest"/>, <see cref="TenthOfMinimum"/> and <see cref="Valley"/>; null where none is to be trusted.</summary>
    public double? Suggestion => Verdict is RangeTestVerdict.Usable or RangeTestVerdict.StillFalling
        ? new[] { Steepest, TenthOfMinimum, Valley }.Order().ElementAt(1)
        : null;

    /// <summary>Why that rate, or why none, in a sentence.</summary>
    public string Reason => RangeTestReading.Reason(this);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(RangeTestResult), PrintMembers);
}
