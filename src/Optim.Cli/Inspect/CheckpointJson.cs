using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Optim.Cli.Inspect;

/// <summary>What files hold, and how two differ, for machines: one document.</summary>
internal static class CheckpointJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static void Write<V>(V facts, TextWriter output) => output.WriteLine(JsonSerializer.Serialize(facts, Options));
}
