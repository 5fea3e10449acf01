using System.Globalization;
using Optim.Values;

namespace Optim.Tuning;

/// <summary>A summary of several range tests of the same rule on the same data, with different initial weights and batches. Immutable.</summary>
/// <remarks>One test sees one order of batches; a chance suggestion differs between tests.</remarks>
public sealed record RangeTestSummary
{
    /// <summary>Suggestions this many times apart are inconclusive.</summary>
    private const double MostApart = 100;

    private readonly double[] suggestions;

    /// <summary>Summarizes tests.</summary>
    /// <param name="results">At least one.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public RangeTestSummary(IEnumerable<RangeTestResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var list = new ValueList<RangeTestResult>(results);
        Results = list.Count > 0 ? list : throw new ArgumentException($"{nameof(results)} must hold at least one range test, was empty.", nameof(results));
        suggestions = [.. Results.Select(result => result.Suggestion).OfType<double>().Order()];
        Verdict = 2 * suggestions.Length <= Results.Count ? MostFrequent(result => result.Suggestion is null)
            : Spread >= MostApart ? RangeTestVerdict.Scattered
            : MostFrequent(result => result.Suggestion is not null);
    }

    /// <summary>The tests.</summary>
    public IReadOnlyList<RangeTestResult> Results { get; }

    /// <summary>The most common verdict of the tests with, or without, a suggestion; <see cref="RangeTestVerdict.Scattered"/> if the suggestions are a hundredfold apart or more.</summary>
    public RangeTestVerdict Verdict { get; }

    /// <summary>The suggested rate: the (lower) median of the tests' suggestions; null if half of the tests or more have none, or they are scattered.</summary>
    public double? Suggestion => Verdict is RangeTestVerdict.Usable or RangeTestVerdict.StillFalling ? suggestions[(suggestions.Length - 1) / 2] : null;

    /// <summary>The lowest of the tests' suggestions; null if no test has one.</summary>
    public double? Lowest => suggestions.Length > 0 ? suggestions[0] : null;

    /// <summary>The highest of the tests' suggestions; null if no test has one.</summary>
    public double? Highest => suggestions.Length > 0 ? suggestions[^1] : null;

    /// <summary><see cref="Highest"/> / <see cref="Lowest"/>: 1 if all agree; null if no test has a suggestion.</summary>
    public double? Spread => Highest / Lowest;

    /// <summary>The reason for the suggestion, or for its absence, in a sentence.</summary>
    public string Reason => Results.Count == 1 ? Results[0].Reason
        : Verdict == RangeTestVerdict.Scattered ? $"No suggestion: {Range} Take more steps, or larger batches."
        : Suggestion is { } rate ? $"{Text(rate)}: the median of {Range}{(Verdict == RangeTestVerdict.StillFalling ? $" The loss still fell at {Text(Results[0].Test.To)}, so that a higher rate may be better: end higher to see." : "")}"
        : Results.First(result => result.Verdict == Verdict).Reason;

    private string Range => string.Create(
        CultureInfo.InvariantCulture, $"{suggestions.Length} tests{(suggestions.Length < Results.Count ? $" of {Results.Count}" : "")}, which suggest {Text(Lowest!.Value)} to {Text(Highest!.Value)}.");

    /// <summary>Whether the tests are equal.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(RangeTestSummary? other) => other is not null && Results.Equals(other.Results);

    /// <inheritdoc/>
    public override int GetHashCode() => Results.GetHashCode();

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(RangeTestSummary), PrintMembers);

    private static string Text(double rate) => rate.ToString("G2", CultureInfo.InvariantCulture);

    private RangeTestVerdict MostFrequent(Func<RangeTestResult, bool> among) => Results.Where(among).GroupBy(result => result.Verdict).MaxBy(group => group.Count())!.Key;
}
