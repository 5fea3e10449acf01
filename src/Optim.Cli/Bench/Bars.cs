using System.Globalization;

namespace Optim.Cli.Bench;

/// <summary>A speed target and its measurement.</summary>
/// <param name="Name">The target.</param>
/// <param name="Figures">The figure at each size, including sizes outside the target.</param>
/// <param name="Met">Whether it was met at every size it covers; null if none of these was measured.</param>
internal sealed record Bar(string Name, string Figures, bool? Met);

/// <summary>The speed targets, evaluated on one run.</summary>
internal sealed class Bars(IReadOnlyList<Measurement> measurements)
{
    private const int Large = 10_000_000;

    public IReadOnlyList<Bar> Judge(double? firstStepMilliseconds) =>
    [
        TimeOf(
            "AdamW donated, one thread: at most 1.05x the hand-written loop, from 100,000 elements",
            Variant.Donated, Variant.HandWritten, n => n >= 100_000 ? 1.05 : null),
        Each(
            "AdamW donated, one thread: at least the GB/s of axpy, from 10,000,000 elements",
            n => Find(n, Variant.Axpy) is { } axpy && Find(n, Variant.Donated) is { } donated
                ? donated.BytesPerElement / (axpy.BytesPerElement * donated.TimesOf(axpy))
                : null,
            "F2", "x",
            (n, value) => n >= Large ? value >= 1 : null),
        Each(
            "AdamW donated, two threads: at least 1.7x the speed of one, from 10,000,000 elements",
            n => 1 / Find(n, Variant.Donated, 2)?.TimesOf(Find(n, Variant.Donated)), "F2", "x",
            (n, value) => n >= Large ? value >= 1.7 : null),
        TimeOf(
            "chain of four, one thread: at most 1.15x the preset, from 1,000,000 elements",
            Variant.ChainOfFour, Variant.Donated, n => n >= 1_000_000 ? 1.15 : null),
        TimeOf(
            "idle wrappers (accumulate 1, finite steps only, a clip that never clips), one thread: at most 1.25x the preset at 1,000,000 elements",
            Variant.IdleWrappers, Variant.Donated, n => n == 1_000_000 ? 1.25 : null),
        Allocation(),
        TimeOf(
            "pure fold, one thread: at most 2x donated from 1,000,000 elements, 1.2x from 10,000,000",
            Variant.Pure, Variant.Donated, n => n >= Large ? 1.2 : n >= 1_000_000 ? 2 : null),
        new(
            "first step of a fresh process, 1,000,000 elements, compilation included: under 50 ms",
            firstStepMilliseconds is { } ms ? FormattableString.Invariant($"{ms:F1} ms") : "not measured",
            firstStepMilliseconds is { } taken ? taken < 50 : null),
    ];

    private Bar TimeOf(string name, string variant, string reference, Func<int, double?> limit) =>
        Each(name, n => Find(n, variant)?.TimesOf(Find(n, reference)), "F2", "x", (n, value) => limit(n) is { } most ? value <= most : null);

    private Bar Allocation()
    {
        // Below, all slots lie in one array, and a step makes fewer small objects.
        const int SeparateSlots = 16_000;
        long[] allocated = [.. Sizes().Where(n => n >= SeparateSlots).Select(n => Find(n, Variant.Donated)?.AllocatedPerStep).OfType<long>()];
        return Each(
            "AdamW donated, one thread: allocates the same number of bytes a step from 16,000 elements on",
            n => Find(n, Variant.Donated)?.AllocatedPerStep, "F0", " B",
            (n, value) => n >= SeparateSlots && allocated.Length > 1 ? value == allocated[0] : null);
    }

    private Bar Each(string name, Func<int, double?> figure, string format, string unit, Func<int, double, bool?> met)
    {
        var figures = Sizes().Select(n => (Elements: n, Value: figure(n))).Where(f => f.Value is not null).Select(f => (f.Elements, Value: f.Value!.Value)).ToList();
        bool[] verdicts = [.. figures.Select(f => met(f.Elements, f.Value)).OfType<bool>()];
        var culture = CultureInfo.InvariantCulture;
        return new(
            name,
            figures.Count == 0
                ? "not measured"
                : string.Join("  ", figures.Select(f => string.Create(culture, $"{f.Elements:N0}: {f.Value.ToString(format, culture)}{unit}"))),
            verdicts.Length == 0 ? null : verdicts.All(verdict => verdict));
    }

    private IEnumerable<int> Sizes() => measurements.Select(m => m.Elements).Distinct();

    private Measurement? Find(int elements, string variant, int threads = 1) =>
        measurements.FirstOrDefault(m => m.Elements == elements && m.Variant == variant && m.Threads == threads);
}
