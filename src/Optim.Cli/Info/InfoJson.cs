using System.Text.Encodings.Web;
using System.Text.Json;

namespace Optim.Cli.Info;

/// <summary>The machine for machines: one document.</summary>
internal static class InfoJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(MachineInfo info, TextWriter output) => output.WriteLine(JsonSerializer.Serialize(info, Options));
}
