using Optim.Cli.Reports;

namespace Optim.Cli.Bench;

/// <summary>The measurement of one variant at one size.</summary>
/// <param name="Elements">The number of elements.</param>
/// <param name="Variant">The variant's name.</param>
/// <param name="Threads">The most threads it may use.</param>
/// <param name="BytesPerElement">The minimum memory traffic of a step, per element.</param>
/// <param name="AllocatedPerStep">Managed bytes allocated per step, by all threads.</param>
/// <param name="SecondsPerStep">The mean time per step, in each round.</param>
internal sealed record Measurement(
    int Elements, string Variant, int Threads, int BytesPerElement, long AllocatedPerStep, IReadOnlyList<double> SecondsPerStep)
{
    public double NanosecondsPerElement => Quantile.Median(SecondsPerStep) / Elements * 1e9;

    public double GigabytesPerSecond => BytesPerElement / NanosecondsPerElement;

    /// <summary>The ratio of this time to the other's: the median over the rounds, in each of which both were measured.</summary>
    public double? TimesOf(Measurement? other) =>
        other is null ? null : Quantile.Median([.. SecondsPerStep.Zip(other.SecondsPerStep, (mine, theirs) => mine / theirs)]);
}
