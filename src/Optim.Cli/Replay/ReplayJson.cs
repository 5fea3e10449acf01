using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Optim.Trajectories;

namespace Optim.Cli.Replay;

/// <summary>The results for machines: one document.</summary>
internal static class ReplayJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static void Write(IReadOnlyList<CaseResult> results, TextWriter output) =>
        output.WriteLine(JsonSerializer.Serialize(
            new
            {
                Cases = results.Select(r => new
                {
                    r.File,
                    r.Family,
                    r.Case,
                    r.Outcome,
                    Worst = r.Comparison?.Worst,
                    r.Comparison?.Tolerance,
                    r.Comparison?.Compared,
                    r.Reason,
                }),
                Passed = results.Count(r => r.Outcome == Outcome.Passed),
                Failed = results.Count(r => r.Outcome == Outcome.Failed),
                Skipped = results.Count(r => r.Outcome == Outcome.Skipped),
            },
            Options));
}
