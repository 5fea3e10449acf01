using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Optim.Cli.Reports;

/// <summary>JSON as every command writes it: indented, letters as they are.</summary>
internal static class Json
{
    /// <summary>How every document looks.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A document for people and machines.</summary>
    public static string Text(JsonNode document) => document.ToJsonString(Indented);

    /// <summary>A number; null for what is not finite, which JSON has not.</summary>
    public static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
