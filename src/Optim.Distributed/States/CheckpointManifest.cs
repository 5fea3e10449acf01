using System.Text.Json;
using System.Text.Json.Nodes;

namespace Optim.Distributed;

/// <summary>What makes of the parts that the ranks have written one checkpoint: JSON, written when all of them are on disk.</summary>
/// <param name="Step">The step.</param>
/// <param name="Layout">The tensors of the whole.</param>
/// <param name="Ends">Where each part ends.</param>
/// <param name="Save">What the names of the parts' files begin with.</param>
/// <param name="Best">What those of the best state's begin with; empty where there is none.</param>
internal sealed record CheckpointManifest(long Step, Layout Layout, IReadOnlyList<int> Ends, string Save, string Best)
{
    private const int Format = 1, MostBytes = 64 << 20;

    public void Write(string path)
    {
        var json = new JsonObject
        {
            ["format"] = Format,
            ["step"] = Step,
            ["save"] = Save,
            ["best"] = Best,
            ["ends"] = new JsonArray([.. Ends.Select(end => (JsonNode?)JsonValue.Create(end))]),
            ["tensors"] = new JsonArray([.. Layout.Select(shape => (JsonNode?)new JsonObject
            {
                ["name"] = shape.Name, ["shape"] = new JsonArray([.. shape.Dimensions.Select(size => (JsonNode?)JsonValue.Create(size))]),
            })]),
        };
        AtomicFile.Write(path, stream =>
        {
            using var writer = new Utf8JsonWriter(stream, new() { Indented = true });
            json.WriteTo(writer);
        });
    }

    /// <param name="path">The file.</param>
    /// <param name="step">The step that its name says.</param>
    /// <exception cref="CheckpointException">It is damaged, or of another step.</exception>
    public static CheckpointManifest Read(string path, long step)
    {
        try
        {
            if (new FileInfo(path).Length > MostBytes)
            {
                throw new FormatException("it is too large");
            }

            var json = JsonNode.Parse(File.ReadAllBytes(path));
            int format = Member(json, "format").GetValue<int>();
            if (format != Format)
            {
                throw new FormatException(FormattableString.Invariant($"the format must be {Format}, was {format}"));
            }

            long written = Member(json, "step").GetValue<long>();
            if (written != step)
            {
                throw new FormatException(FormattableString.Invariant($"the step must be its name's, was {written}"));
            }

            return new(
                step,
                Layout.OfSequence(Member(json, "tensors").AsArray().Select(tensor => new TensorShape(Member(tensor, "name").GetValue<string>(), Integers(tensor, "shape")))),
                Array.AsReadOnly(Integers(json, "ends")), FileName(Member(json, "save").GetValue<string>()), FileName(Member(json, "best").GetValue<string>()));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new CheckpointException(path, $"it must be the manifest of a checkpoint across ranks: {e.Message.TrimEnd('.')}.", inner: e);
        }
    }

    private static JsonNode Member(JsonNode? json, string name) => json is JsonObject members && members[name] is { } member ? member : throw new FormatException($"it must have '{name}'");

    private static int[] Integers(JsonNode? json, string name) => [.. Member(json, name).AsArray().Select(number => number?.GetValue<int>() ?? throw new FormatException($"'{name}' must hold integers"))];

    // A name, not a path: what it says must not lead out of the folder.
    private static string FileName(string text) => Path.GetFileName(text) == text ? text : throw new FormatException($"'{text}' must be a file's name");
}
