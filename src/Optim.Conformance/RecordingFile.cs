using System.Text.Json;

namespace Optim.Conformance;

/// <summary>A file of recorded cases of one family: what an implementation was given and what it answered. See docs/recording-format.md.</summary>
internal sealed class RecordingFile
{
    private RecordingFile(string name, string family, string kind, IReadOnlyList<Recording> cases)
    {
        Name = name;
        Family = family;
        Kind = kind;
        Cases = cases;
    }

    /// <summary>The file's name, for messages.</summary>
    public string Name { get; }

    /// <summary>What was recorded: <c>adam</c>, <c>clip_grad_norm</c>, ...</summary>
    public string Family { get; }

    /// <summary>How it was recorded: <c>optimizer-open-loop</c>, <c>gradient-transform</c>, ...</summary>
    public string Kind { get; }

    /// <summary>The cases, in the file's order.</summary>
    public IReadOnlyList<Recording> Cases { get; }

    /// <exception cref="FormatException">The file is not a recording file; the message names the file and the key.</exception>
    public static RecordingFile Read(string path) =>
        Parse(Path.GetFileName(path), File.ReadAllBytes(path), Path.GetDirectoryName(Path.GetFullPath(path)));

    /// <inheritdoc cref="Read"/>
    public static RecordingFile Parse(string name, ReadOnlyMemory<byte> json, string? folder = null)
    {
        var root = Document(name, json);
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{name} must hold one JSON object, was {root.ValueKind}.");
        }

        string family = Text(root, "family", name), kind = Text(root, "kind", name);
        if (!root.TryGetProperty("cases", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"{name}: key 'cases' must be a list of cases.");
        }

        var cases = new List<Recording>(list.GetArrayLength());
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in list.EnumerateArray())
        {
            string where = FormattableString.Invariant($"{name}, case {cases.Count}");
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException($"{where} must be an object, was {element.ValueKind}.");
            }

            string caseName = Text(element, "name", where);
            if (!names.Add(caseName))
            {
                throw new FormatException($"{where}: key 'name' must be unique in the file, '{caseName}' occurs twice.");
            }

            bool plain = !element.TryGetProperty("variant", out var variant) || variant.ValueKind == JsonValueKind.Null;
            cases.Add(new(name, family, caseName, plain ? null : Text(element, "variant", where), element)
            {
                FileProblem = root.TryGetProperty("problem", out var problem) ? problem : null, Folder = folder,
            });
        }

        return new(name, family, kind, cases);
    }

    private static JsonElement Document(string name, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new FormatException($"{name} is not valid JSON: {e.Message}", e);
        }
    }

    private static string Text(JsonElement element, string key, string where) =>
        element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new FormatException($"{where}: key '{key}' must be a string that is not empty.");
}
