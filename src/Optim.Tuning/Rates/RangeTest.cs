using System.Globalization;
using Optim.Values;

namespace Optim.Tuning;

/// <summary>The settings of a learning-rate range test. Immutable.</summary>
public sealed record RangeTest
{
    /// <summary>The first, lowest rate; more than 0. Default 1e-6.</summary>
    public double From { get; init => field = Constraint.Positive.Check(value); } = 1e-6;

    /// <summary>The last, highest rate; more than <see cref="From"/>. Default 10.</summary>
    public double To { get; init => field = Constraint.Positive.Check(value); } = 10;

    /// <summary>The number of rates, one per step; 2 or more. Default 100.</summary>
    public int Steps
    {
        get;
        init => field = value >= 2
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Steps), FormattableString.Invariant($"{nameof(Steps)} must be 2 or more, was {value}."));
    } = 100;

    /// <summary>b in the smoothed loss <c>s = b s + (1 - b) loss</c>, divided by <c>1 - b^t</c>; in [0, 1). Default 0.9.</summary>
    public double Smoothing { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>The test stops when the smoothed loss exceeds this multiple of its minimum; more than 1. Default 4.</summary>
    public double StopFactor
    {
        get;
        init => field = value > 1 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(StopFactor), FormattableString.Invariant($"{nameof(StopFactor)} must be more than 1, and finite, was {value}."));
    } = 4;

    /// <summary>A copy with another <see cref="From"/>.</summary>
    /// <param name="value">The value.</param>
    public RangeTest WithFrom(double value) => this with { From = value };

    /// <summary>A copy with another <see cref="To"/>.</summary>
    /// <param name="value">The value.</param>
    public RangeTest WithTo(double value) => this with { To = value };

    /// <summary>A copy with another <see cref="Steps"/>.</summary>
    /// <param name="value">The value.</param>
    public RangeTest WithSteps(int value) => this with { Steps = value };

    /// <summary>A copy with another <see cref="Smoothing"/>.</summary>
    /// <param name="value">The value.</param>
    public RangeTest WithSmoothing(double value) => this with { Smoothing = value };

    /// <summary>A copy with another <see cref="StopFactor"/>.</summary>
    /// <param name="value">The value.</param>
    public RangeTest WithStopFactor(double value) => this with { StopFactor = value };

    /// <summary>The rate of each step: geometric from the first to the last.</summary>
    /// <exception cref="ArgumentException">The last rate is not more than the first.</exception>
    internal IReadOnlyList<double> Rates()
    {
        if (!(From < To))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(To)} must be more than {nameof(From)}, was {To}, and {nameof(From)} {From}."), nameof(To));
        }

        double factors = Lanes.Exact.Log(To / From) / (Steps - 1);
        return [.. Enumerable.Range(0, Steps).Select(step => step == Steps - 1 ? To : From * Lanes.Exact.ExponentialOfProduct(step, factors))];
    }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(RangeTest), PrintMembers);
}
