namespace Optim.Cli.Bench;

/// <summary>What one variant took at one size.</summary>
/// <param name="Elements">The number of elements.</param>
/// <param name="Variant">The variant's name.</param>
/// <param name="Threads">The most threads it may use.</param>
/// <param name="BytesPerElement">What a step must at least move, an element.</param>
/// <param name="AllocatedPerStep">Managed bytes allocated a step, by all threads.</param>
/// <param name="SecondsPerStep">A step's mean time in each round.</param>
internal sealed record Measurement(
    int Elements, string Variant, int Threads, int BytesPerElement, long AllocatedPerStep, IReadOnlyList<double> SecondsPerStep)
{
    public double NanosecondsPerElement => Median(SecondsPerStep) / Elements * 1e9;

    public double GigabytesPerSecond => BytesPerElement / NanosecondsPerElement;

    /// <summary>How many times the other's time this one's is: the median over the rounds, in each of which both were measured.</summary>
    public double? TimesOf(Measurement? other) =>
        other is null ? null : Median([.. SecondsPerStep.Zip(other.SecondsPerStep, (mine, theirs) => mine / theirs)]);

    public static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
