using System.Globalization;

namespace Optim.Tuning;

/// <summary>Reads a range test's curve. Every decision is by ratios of losses, so that a loss in other units gives the same rates.</summary>
internal static class RangeTestReading
{
    private const int FewestPoints = 10, FirstSteps = 3;
    private const double LeastFall = 0.1, FallBegun = 0.05;

    public static (RangeTestVerdict Verdict, double? Steepest, double? Minimum, double? Valley) Of(IReadOnlyList<RatePoint> curve, bool ended)
    {
        if (ended && curve.Count <= FirstSteps)
        {
            return (RangeTestVerdict.DivergedAtOnce, null, null, null);
        }

        if (curve.Count < FewestPoints)
        {
            return (ended ? RangeTestVerdict.DivergedAtOnce : RangeTestVerdict.TooShort, null, null, null);
        }

        int lowest = Enumerable.Range(0, curve.Count).MinBy(i => curve[i].Smoothed);
        double first = curve[0].Smoothed;
        if (!(first - curve[lowest].Smoothed > LeastFall * Math.Abs(first)))
        {
            return (RangeTestVerdict.NeverFell, null, null, null);
        }

        bool falling = !ended && lowest == curve.Count - 1;
        return (falling ? RangeTestVerdict.StillFalling : RangeTestVerdict.Usable, curve[Steepest(curve, lowest)].Rate, curve[lowest].Rate, curve[Valley(curve, lowest)].Rate);
    }

    public static string Reason(RangeTestResult result)
    {
        string from = Text(result.Test.From), to = Text(result.Test.To);
        return result.Verdict switch
        {
            RangeTestVerdict.TooShort => $"No suggestion: {Points(result)} are too few to read a slope from; take at least {FewestPoints} steps, better 100.",
            RangeTestVerdict.DivergedAtOnce => $"No suggestion: the loss left the ground within {Points(result)}, so that every rate from {from} on is too high; begin lower.",
            RangeTestVerdict.NeverFell => result.EndedEarly
                ? $"No suggestion: the loss rose before it had fallen by a tenth. Begin lower than {from}, or take more steps, so that there is time to fall."
                : $"No suggestion: the loss did not fall by a tenth between {from} and {to}. End higher, or take more steps.",
            RangeTestVerdict.StillFalling =>
                $"{Text(result.Suggestion!.Value)}, {Origin(result)}; the loss still fell at {to}, so that a higher rate may be better: end higher to see.",
            _ => $"{Text(result.Suggestion!.Value)}, {Origin(result)}: the lowest of three readings, because a rate a little too low costs time and one too high the run.",
        };
    }

    /// <summary>Where the loss falls the most for a factor in the rate, before its minimum; rates are equal factors apart.</summary>
    private static int Steepest(IReadOnlyList<RatePoint> curve, int lowest) =>
        Enumerable.Range(1, Math.Max(Math.Min(lowest, curve.Count - 2), 1)).MinBy(i => curve[i + 1].Smoothed - curve[i - 1].Smoothed);

    /// <summary>
    /// The middle of the fall: between where the loss has fallen by a twentieth of what it falls in all, and where it is lowest. (fastai's <c>valley</c> is the middle of the longest
    /// subsequence in which each loss is lower than the one before; that begins on the plateau, wherever the test began.)
    /// </summary>
    private static int Valley(IReadOnlyList<RatePoint> curve, int lowest)
    {
        double first = curve[0].Smoothed, begun = first - (FallBegun * (first - curve[lowest].Smoothed));
        return (Enumerable.Range(0, lowest + 1).First(i => curve[i].Smoothed <= begun) + lowest) / 2;
    }

    private static string Origin(RangeTestResult result) => result.Suggestion switch
    {
        var rate when rate == result.Steepest => "where the loss falls fastest",
        var rate when rate == result.Valley => "the middle of the loss's fall",
        _ => "a tenth of the rate at which the loss is lowest",
    };

    private static string Points(RangeTestResult result) => string.Create(CultureInfo.InvariantCulture, $"{result.Curve.Count} point{(result.Curve.Count == 1 ? "" : "s")}");

    private static string Text(double rate) => rate.ToString("G2", CultureInfo.InvariantCulture);
}
