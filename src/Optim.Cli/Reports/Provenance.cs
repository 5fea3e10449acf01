using System.Globalization;
using System.Text.Json.Nodes;
using MathNet.Numerics.Providers.LinearAlgebra;
using Optim.Cli.Info;
using Optim.Reports;

namespace Optim.Cli.Reports;

/// <summary>The provenance of figures, and how to reproduce them.</summary>
/// <param name="CommandLine">The command line that reproduces them.</param>
/// <param name="Seed">The random seed; null if there are no random numbers.</param>
/// <param name="Threads">The number of threads.</param>
/// <param name="Started">The start time.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Matrices">The matrix backend: MathNet's managed code or Intel MKL.</param>
/// <param name="Machine">The machine.</param>
internal sealed record Provenance(string CommandLine, long? Seed, int Threads, DateTimeOffset Started, TimeSpan Duration, string Matrices, MachineInfo Machine)
{
    /// <summary>A note on reproducibility; empty if none.</summary>
    public string Reproducibility { get; init; } = "";

    /// <summary>The provenance of a run on this machine.</summary>
    /// <param name="commandLine">The command line that reproduces them.</param>
    /// <param name="seed">The random seed; null if there are no random numbers.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="started">When it began.</param>
    public static Provenance Of(string commandLine, long? seed, int threads, DateTimeOffset started) =>
        new(commandLine, seed, threads, started, DateTimeOffset.UtcNow - started, $"MathNet.Numerics, {LinearAlgebraControl.Provider}", MachineInfo.Here());

    /// <summary>The same for the page.</summary>
    public ReportOrigin ToOrigin() => new() { CommandLine = CommandLine, Reproducibility = Reproducibility, Facts = [.. Facts().Select(fact => KeyValuePair.Create(fact.Name, fact.Value))] };

    private IEnumerable<(string Name, string Value)> Facts()
    {
        if (Seed is { } seed)
        {
            yield return ("Seed", seed.ToString(CultureInfo.InvariantCulture));
        }

        yield return ("Started", Started.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        yield return ("Took", string.Create(CultureInfo.InvariantCulture, $"{Duration.TotalSeconds:0.0} s"));
        yield return ("Optim", Machine.Version);
        yield return ("Runtime", Machine.Runtime);
        yield return ("System", $"{Machine.System}, {Machine.Architecture}");
        yield return ("Processor", string.Create(CultureInfo.InvariantCulture, $"{Machine.Processor}, {Machine.Processors} threads, lanes of {Machine.LaneBits} bits"));
        yield return ("Threads used", Threads.ToString(CultureInfo.InvariantCulture));
        yield return ("Matrices", Matrices);
    }

    /// <summary>The same as JSON.</summary>
    public JsonObject ToJson() => new()
    {
        ["commandLine"] = CommandLine,
        ["seed"] = Seed,
        ["threads"] = Threads,
        ["started"] = Started.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["seconds"] = Duration.TotalSeconds,
        ["version"] = Machine.Version,
        ["runtime"] = Machine.Runtime,
        ["system"] = Machine.System,
        ["architecture"] = Machine.Architecture,
        ["processor"] = Machine.Processor,
        ["processors"] = Machine.Processors,
        ["laneBits"] = Machine.LaneBits,
        ["matrices"] = Matrices,
    };
}
