using Optim.Cli.Reports;

namespace Optim.Cli.Bench.Rules;

/// <summary>What a step of one rule costs at one size, beside the bytes that it must move.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Elements">The number of elements.</param>
/// <param name="Threads">The most threads it may use.</param>
/// <param name="BytesPerElement">The bytes that a step must move, per element: see <see cref="RuleTraffic"/>.</param>
/// <param name="SweptBytesPerElement">Those that a step moves, as the rule declares: norms and the like read some of them again. Null where the rule declares itself bound by arithmetic.</param>
/// <param name="SecondsPerStep">The mean time per step, in each round.</param>
/// <param name="LimitSeconds">The time for the bytes that a step must move, in each round, at the bandwidth of as many streams: see <see cref="ByteStreams"/>.</param>
internal sealed record RuleCost(
    string Rule, int Elements, int Threads, double BytesPerElement, double? SweptBytesPerElement, IReadOnlyList<double> SecondsPerStep, IReadOnlyList<double> LimitSeconds)
{
    public double NanosecondsPerElement => Quantile.Median(SecondsPerStep) / Elements * 1e9;

    public double GigabytesPerSecond => BytesPerElement / NanosecondsPerElement;

    /// <summary>The bandwidth of the limit.</summary>
    public double LimitGigabytesPerSecond => BytesPerElement * Elements / Quantile.Median(LimitSeconds) / 1e9;

    /// <summary>The time over the limit's: the median over the rounds, in each of which both were measured.</summary>
    public double TimesOfLimit => Quantile.Median(SecondsPerStep.Zip(LimitSeconds, (step, limit) => step / limit));
}

/// <summary>A rule that was not measured, and why.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Reason">Why.</param>
internal sealed record LeftOutRule(string Rule, string Reason);
