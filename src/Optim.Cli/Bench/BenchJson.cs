using System.Text.Encodings.Web;
using System.Text.Json;

namespace Optim.Cli.Bench;

/// <summary>The figures for machines: one document.</summary>
internal static class BenchJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write<R>(R run, TextWriter output) => output.WriteLine(JsonSerializer.Serialize(run, Options));
}
