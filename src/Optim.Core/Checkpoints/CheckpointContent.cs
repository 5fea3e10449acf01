using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Optim.Names;

namespace Optim.Checkpoints;

/// <summary>The layout of a checkpoint of format version 1; see docs/checkpoints.md.</summary>
internal static class CheckpointContent
{
    public const int Version = 1;

    /// <summary>The prefix of our metadata keys.</summary>
    public const string OwnPrefix = "optim.";

    public const string FormatKey = "optim.format", StepKey = "optim.step", RuleKey = "optim.rule", TypeKey = "optim.type", ParametersKey = "optim.parameters", HashKey = "optim.sha256",
        SlotFormatsKey = "optim.slot_formats";

    /// <summary>The placeholder for the hash in a file written or edited by hand.</summary>
    public const string NoHash = "none";

    public const string ParameterPrefix = "parameters/", ScalarPrefix = "scalars/", SlotPrefix = "slots/", OwnTensorPrefix = "tensors/";

    /// <summary>The prefix of a slot's tensors. A slash in a slot's name is escaped, so that two slots never share a key.</summary>
    public static string PrefixOf(string slot) =>
        $"{SlotPrefix}{slot.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal)}/";

    /// <exception cref="ArgumentException">The rule is to be saved but cannot be serialized, or a note has one of our keys.</exception>
    public static (IReadOnlyList<SafetensorsPart> Parts, IReadOnlyDictionary<string, string> Metadata) Of<T>(
        OptimizerState<T> state, bool saveRule, IReadOnlyDictionary<string, string>? notes, TensorSet<T>? tensors)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Doubles first, so that every element lies where its size divides the place.
        List<SafetensorsPart> parts =
        [
            .. state.Scalars.Select(scalar => SafetensorsPart.OfScalar(ScalarPrefix + scalar.Key, scalar.Value)),
            .. state.Parameters.Select(tensor => SafetensorsPart.Of(ParameterPrefix + tensor.Name, tensor)),
            .. state.Slots.SelectMany(slot => slot.Value.Select(tensor => IsBFloat16(state.SlotFormats[slot.Key])
                ? SafetensorsPart.OfBFloat16(PrefixOf(slot.Key) + tensor.Name, tensor)
                : SafetensorsPart.Of(PrefixOf(slot.Key) + tensor.Name, tensor))),
            .. (tensors ?? Enumerable.Empty<Tensor<T>>()).Select(tensor => SafetensorsPart.Of(OwnTensorPrefix + tensor.Name, tensor)),
        ];
        var metadata = new OrderedDictionary<string, string>(StringComparer.Ordinal)
        {
            [FormatKey] = Version.ToString(CultureInfo.InvariantCulture),
            [StepKey] = state.StepCount.ToString(CultureInfo.InvariantCulture),
            [TypeKey] = ElementReader.TypeOf<T>().ToString(),
        };
        if (state.SlotFormats.Values.Any(format => format != SlotFormat.Full))
        {
            metadata[SlotFormatsKey] = FormatsText(state.SlotFormats.Where(slot => slot.Value != SlotFormat.Full));
        }

        if (saveRule)
        {
            metadata[RuleKey] = RuleJson.Write(state.Rule);
        }

        metadata[ParametersKey] = Names(state.Parameters.Layout);
        foreach (var (key, text) in notes ?? new Dictionary<string, string>())
        {
            metadata[key.StartsWith(OwnPrefix, StringComparison.Ordinal)
                ? throw new ArgumentException($"A note's key must not begin with '{OwnPrefix}', was '{key}'.", nameof(notes))
                : key] = text;
        }

        metadata[HashKey] = ContentHash.Of(parts, metadata);
        return (parts, metadata);
    }

    /// <summary>Whether a slot's elements are in a file as they are in memory.</summary>
    public static bool IsBFloat16(SlotFormat format) => format is SlotFormat.BFloat16 or SlotFormat.BFloat16Stochastic;

    /// <summary>The slots that are not stored in full, by name.</summary>
    public static Dictionary<string, SlotFormat> SlotFormats(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(SlotFormatsKey, out string? text))
        {
            return [];
        }

        try
        {
            using var json = JsonDocument.Parse(text, new() { MaxDepth = 2 });
            return json.RootElement.EnumerateObject().ToDictionary(
                slot => RequireSlot(file, slot.Name),
                slot => Enum.TryParse<SlotFormat>(slot.Value.GetString(), out var format) && Enum.IsDefined(format) && format.ToString() == slot.Value.GetString()
                    ? format
                    : throw new FormatException($"There is no format {QuotedName.Of(slot.Value.GetString() ?? "null")}."),
                StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw file.Wrong($"there must be the formats of slots, each once, by name. {e.Message}", SlotFormatsKey, inner: e);
        }
    }

    /// <summary>The name of a slot that the file has; where it has no parameters, nothing of a slot is in it.</summary>
    private static string RequireSlot(SafetensorsFile file, string name)
    {
        string prefix = PrefixOf(name);
        if (file.Tensors.Any(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal)) || !file.Tensors.Any(entry => entry.Name.StartsWith(ParameterPrefix, StringComparison.Ordinal)))
        {
            return name;
        }

        var known = file.Tensors.Where(entry => entry.Name.StartsWith(SlotPrefix, StringComparison.Ordinal)).Select(entry => entry.Name.Split('/')[1]).Distinct(StringComparer.Ordinal);
        throw new FormatException($"The file has no slot {QuotedName.Of(name)}; {NearestNames.Text(name, known)}.");
    }

    /// <summary>The non-negative integer under a key.</summary>
    public static long Number(SafetensorsFile file, string key) =>
        long.TryParse(Text(file, key), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw file.Wrong($"there must be a whole number of 0 or more, was {QuotedName.Of(Text(file, key))}.", key);

    public static string Text(SafetensorsFile file, string key) => file.Metadata.GetValueOrDefault(key) ?? throw file.Wrong("the metadata must have it.", key);

    /// <summary>The metadata that is not ours.</summary>
    public static Dictionary<string, string> Notes(SafetensorsFile file) =>
        file.Metadata.Where(pair => !pair.Key.StartsWith(OwnPrefix, StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);

    /// <summary>The tensors that are not a state's.</summary>
    public static IEnumerable<SafetensorsEntry> OwnTensors(SafetensorsFile file) => file.Tensors.Where(entry => entry.Name.StartsWith(OwnTensorPrefix, StringComparison.Ordinal));

    /// <summary>Rejects files that are not checkpoints, have a later version, or are damaged.</summary>
    public static void RequireSound(SafetensorsFile file)
    {
        if (!file.Metadata.ContainsKey(FormatKey))
        {
            throw file.Wrong("a checkpoint of an optimizer must have it in its metadata. Safetensors.Load reads plain tensors, TorchCheckpoint.Load PyTorch's states.", FormatKey);
        }

        long version = Number(file, FormatKey);
        if (version != Version)
        {
            throw file.Wrong(FormattableString.Invariant($"the version must be {Version}, was {version}; {(version > Version ? "a later version of Optim wrote it" : "there is no such version")}."), FormatKey);
        }

        // Required, so that a bit that turns in the key does not take the check away.
        if (Text(file, HashKey) is var hash && hash != NoHash && ContentHash.Of(file, HashKey) is var actual && actual != hash)
        {
            throw file.Wrong($"the file has been damaged or edited: its contents have the hash {actual}. Of a file that was edited on purpose this entry must be \"{NoHash}\".", HashKey);
        }
    }

    /// <summary>The parameters' names, in layout order: each has its key, and there are no others.</summary>
    public static List<string> ParameterNames(SafetensorsFile file)
    {
        List<string> names;
        try
        {
            using var json = JsonDocument.Parse(Text(file, ParametersKey), new() { MaxDepth = 2 });
            names = [.. PlainJson.Items(json.RootElement, ParametersKey).Select(item => PlainJson.Text(item, ParametersKey))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw file.Wrong($"there must be the list of the parameters' names. {e.Message}", ParametersKey, inner: e);
        }

        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (!known.Add(name) || file.Find(ParameterPrefix + name) is null)
            {
                throw file.Wrong($"each parameter must be named once and have a tensor, {QuotedName.Of(name)} does not.", ParametersKey);
            }
        }

        return names;
    }

    private static string FormatsText(IEnumerable<KeyValuePair<string, SlotFormat>> formats)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (slot, format) in formats)
            {
                json.WriteString(slot, format.ToString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Names(Layout layout)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (var shape in layout)
            {
                json.WriteStringValue(shape.Name);
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
