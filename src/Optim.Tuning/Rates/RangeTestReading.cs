using System.Globalization;

namespace Optim.Tuning;

/// <summary>Reads a range test's curve. All decisions use ratios of losses, so that a rescaled loss gives the same rates.</summary>
internal static class RangeTestReading
{
    private const int FewestPoints = 10, FirstSteps = 3, Reach = 3;
    private const double LeastFall = 0.1, FallBegun = 0.05, Noises = 3;

    public static (RangeTestVerdict Verdict, double? Steepest, double? Minimum, double? Valley) Of(RangeTest test, IReadOnlyList<RatePoint> curve, bool ended)
    {
        if (ended && curve.Count <= FirstSteps)
        {
            return (RangeTestVerdict.DivergedAtOnce, null, null, null);
        }

        if (curve.Count < FewestPoints)
        {
            return (ended ? RangeTestVerdict.DivergedAtOnce : RangeTestVerdict.TooShort, null, null, null);
        }

        // The first smoothed losses are hardly smoothed: what they say of a minimum or a slope is the noise of a batch.
        int plateau = Math.Min(Math.Max(FirstSteps, test.Steps / 10), curve.Count / 2);
        double level = curve.Take(plateau).Average(point => point.Loss), noise = NoiseOfSmoothed(test, curve);
        int lowest = Enumerable.Range(plateau, curve.Count - plateau).MinBy(i => curve[i].Smoothed);
        double fall = level - curve[lowest].Smoothed;
        if (!(fall > Math.Max(LeastFall * Math.Abs(level), Noises * noise)))
        {
            return (RangeTestVerdict.NeverFell, null, null, null);
        }

        // The fall begins after the last point that still could be the plateau.
        double begun = level - Math.Max(FallBegun * fall, Noises * noise);
        int first = Math.Min(Enumerable.Range(0, lowest + 1).LastOrDefault(i => curve[i].Smoothed > begun, -1) + 1, lowest);
        bool falling = !ended && lowest == curve.Count - 1;
        return (
            falling ? RangeTestVerdict.StillFalling : RangeTestVerdict.Usable,
            curve[Enumerable.Range(first, lowest + 1 - first).MinBy(i => Slope(curve, i))].Rate,
            curve[lowest].Rate,

            // fastai's "valley" is the middle of the longest subsequence in which each loss is lower than the one before; that begins on the plateau, wherever the test began.
            curve[(first + lowest) / 2].Rate);
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
            _ => $"{Text(result.Suggestion!.Value)}, {Origin(result)}: the middle one of three readings.",
        };
    }

    /// <summary>
    /// The standard deviation of the smoothed loss while nothing is learnt: that of a batch's loss, from the median difference of neighbours among the first fifth of the rates, times the factor that smoothing
    /// leaves, <c>sqrt((1 - b) / (1 + b))</c>.
    /// </summary>
    private static double NoiseOfSmoothed(RangeTest test, IReadOnlyList<RatePoint> curve)
    {
        // The median of |x - y| is 0.6745 sqrt(2) standard deviations, for x and y normally distributed.
        const double OfMedian = 1 / (0.6744897501960817 * 1.4142135623730951);
        double[] differences = [.. Enumerable.Range(1, Math.Min(Math.Max(FewestPoints, test.Steps / 5), curve.Count) - 1).Select(i => Math.Abs(curve[i].Loss - curve[i - 1].Loss)).Order()];
        return OfMedian * differences[differences.Length / 2] * Math.Sqrt((1 - test.Smoothing) / (1 + test.Smoothing));
    }

    /// <summary>The slope of the smoothed loss per rate: of a line fitted to nearby points. Rates are geometric.</summary>
    private static double Slope(IReadOnlyList<RatePoint> curve, int around)
    {
        int from = Math.Max(0, around - Reach), to = Math.Min(curve.Count - 1, around + Reach);
        double middle = (from + to) / 2.0, product = 0, square = 0;
        for (int i = from; i <= to; i++)
        {
            product += (i - middle) * curve[i].Smoothed;
            square += (i - middle) * (i - middle);
        }

        return product / square;
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
