using System.Globalization;
using Optim.Lanes;

namespace Optim.Tuning;

/// <summary>A number from a range; created by <see cref="SearchParameter.Uniform"/>, <see cref="SearchParameter.LogUniform"/> and <see cref="SearchParameter.Integer"/>.</summary>
/// <remarks>Equal bounds make it a constant. Searches use the unit interval: 0 is the lowest value, 1 the highest, linear in the value or its logarithm in between. An integer has a cell of
/// half a unit on both sides, so that the first and the last are as likely as the others. The values have the same bits on every machine.</remarks>
public sealed record NumberParameter : SearchParameter
{
    private const double MostWhole = 1L << 53;

    private readonly double from;
    private readonly double span;

    internal NumberParameter(string name, double low, double high, bool isLogarithmic, bool isWhole)
        : base(name)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high) || !(low <= high) || !double.IsFinite(high - low))
        {
            throw new ArgumentException(FormattableString.Invariant($"{name} must have finite bounds, the low one no higher than the high one, had {low} and {high}."), nameof(low));
        }

        if (isWhole && Math.Max(Math.Abs(low), Math.Abs(high)) >= MostWhole)
        {
            throw new ArgumentException(FormattableString.Invariant($"{name} must have bounds within 2^53 of 0, had {low} and {high}."), nameof(low));
        }

        if (isLogarithmic && !(low >= (isWhole ? 1 : double.Epsilon)))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{name} is logarithmic: its low bound must be {(isWhole ? "1 or more" : "more than 0")}, was {low}."), nameof(low));
        }

        (Low, High, IsLogarithmic, IsWhole) = (low, high, isLogarithmic, isWhole);
        double half = isWhole ? 0.5 : 0;
        from = low - half;
        span = isLogarithmic ? Exact.Log(high + half) - Exact.Log(from) : high + half - from;
    }

    /// <summary>The lowest value.</summary>
    public double Low { get; }

    /// <summary>The highest value.</summary>
    public double High { get; }

    /// <summary>Whether the scale is logarithmic.</summary>
    public bool IsLogarithmic { get; }

    /// <summary>Whether the values are integers.</summary>
    public bool IsWhole { get; }

    /// <inheritdoc/>
    public override bool Contains(ParameterValue value) =>
        value.Choice is null && value.Number >= Low && value.Number <= High && (!IsWhole || Math.Floor(value.Number) == value.Number);

    internal override string Domain => string.Create(
        CultureInfo.InvariantCulture, $"{(IsWhole ? "integer" : "number")} from {Low} to {High}{(IsLogarithmic ? ", logarithmic" : "")}");

    /// <summary>The number of different values; null for more than can be counted.</summary>
    internal long? Count => Low == High ? 1 : IsWhole ? (long)(High - Low) + 1 : null;

    /// <summary>Values of a grid: the ends and others evenly between them on the parameter's scale; all values where they are no more.</summary>
    /// <param name="points">As many at most; 1 is the middle.</param>
    internal IEnumerable<double> Grid(int points) => Count is { } count && count <= points
        ? Enumerable.Range(0, (int)count).Select(i => Low + i)
        : points == 1 ? [At(0.5)]
        : Enumerable.Range(0, points).Select(i => At((double)i / (points - 1))).Distinct();

    /// <summary>The value at a position in [0, 1].</summary>
    internal double At(double position)
    {
        double value = IsLogarithmic ? from * Exact.ExponentialOfProduct(position, span) : from + (position * span);
        return Math.Clamp(IsWhole ? Math.Round(value) : value, Low, High);
    }

    /// <inheritdoc/>
    public override double PositionOf(ParameterValue value) => value.Choice is null
        ? PositionOf(value.Number)
        : throw new ArgumentException($"{Name} must be a number, was {value}.", nameof(value));

    // A constant has no range; its only position is the middle.
    internal double PositionOf(double value) => span == 0 ? 0.5 : Math.Clamp(IsLogarithmic ? (Exact.Log(value) - Exact.Log(from)) / span : (value - from) / span, 0, 1);
}
