using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Optim.Reports;

/// <summary>Where figures come from, and how to reproduce them: the last section of a page. Immutable.</summary>
public sealed class ReportOrigin
{
    /// <summary>The command line, or the code, that gives the figures again. Default: none.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>A note on reproducibility. Default: none.</summary>
    public string Reproducibility { get; init; } = "";

    /// <summary>Names and values: seed, machine, duration. Default: none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];

    /// <summary>The origin of figures from this process: when it began, how long it took, version, runtime, system.</summary>
    /// <param name="started">When the work began.</param>
    /// <param name="ended">When it ended.</param>
    public static ReportOrigin Here(DateTimeOffset started, DateTimeOffset ended) => new()
    {
        Facts =
        [
            new("Started", started.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)),
            new("Took", string.Create(CultureInfo.InvariantCulture, $"{(ended - started).TotalSeconds:0.0} s")),
            new("Optim", Version),
            new("Runtime", RuntimeInformation.FrameworkDescription),
            new("System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}"),
            new("Processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
        ],
    };

    /// <summary>The version of the library, without the commit.</summary>
    internal static string Version { get; } =
        (typeof(ReportOrigin).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+')[0];
}
