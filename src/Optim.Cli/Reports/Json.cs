using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Optim.Cli.Bench;
using Optim.Cli.Bench.Matrices;
using Optim.Cli.Bench.Rules;
using Optim.Cli.Diff;
using Optim.Cli.Info;
using Optim.Cli.Inspect;
using Optim.Cli.Replay;

namespace Optim.Cli.Reports;

/// <summary>JSON as written by every command: indented, without escaping letters.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions OfRecords = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = Indented.WriteIndented,
        Encoder = Indented.Encoder,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        TypeInfoResolver = JsonDocuments.Default,
    };

    /// <summary>A document.</summary>
    public static string Text(JsonNode document) => document.ToJsonString(Indented);

    /// <summary>A record as a document: its properties by name. It must be one of <see cref="JsonDocuments"/>; NaN and infinities are strings in it.</summary>
    public static string OfRecord<V>(V record) => JsonSerializer.Serialize(record, (JsonTypeInfo<V>)OfRecords.GetTypeInfo(typeof(V)));

    /// <summary>A number; null if not finite, which JSON cannot represent.</summary>
    public static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}

/// <summary>The document records, with source-generated serialization.</summary>
[JsonSerializable(typeof(MachineInfo))]
[JsonSerializable(typeof(BenchRun))]
[JsonSerializable(typeof(MatrixRun))]
[JsonSerializable(typeof(RuleCostRun))]
[JsonSerializable(typeof(FileFacts))]
[JsonSerializable(typeof(FileDifference))]
[JsonSerializable(typeof(ReplayDocument))]
internal sealed partial class JsonDocuments : JsonSerializerContext;
