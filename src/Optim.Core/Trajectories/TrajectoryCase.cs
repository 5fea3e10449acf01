using System.Text.Json;

namespace Optim.Trajectories;

/// <summary>One recorded case. Its data are read on demand; whatever is malformed is a <see cref="FormatException"/> that names file, case and key.</summary>
internal sealed class TrajectoryCase(string file, string family, string name, string? variant, JsonElement json)
{
    public string File => file;

    public string Family => family;

    public string Name => name;

    /// <summary>The convention that the case follows where it is not its family's usual one; null where it is.</summary>
    public string? Variant => variant;

    public IEnumerable<string> Keys => json.EnumerateObject().Select(p => p.Name);

    public bool Has(string key) => json.TryGetProperty(key, out _);

    public FormatException Error(string key, string problem, Exception? inner = null) =>
        new($"{file}, case '{name}', key '{key}': {problem}", inner);

    public double Number(string key) => ToNumber(key, Get(key));

    public double[] Numbers(string key) => [.. List(key, Get(key), null).Select(e => ToNumber(key, e))];

    /// <summary>The translation's view of the hyperparameters.</summary>
    public SourceHyperparameters Hyperparameters()
    {
        var element = Get("hyperparameters");
        return element.ValueKind == JsonValueKind.Object
            ? new(element, Has("lr_per_step") ? Numbers("lr_per_step") : null)
            : throw Error("hyperparameters", $"must be an object, was {element.ValueKind}.");
    }

    /// <summary>The shapes, as a layout whose tensors are named by their positions.</summary>
    public Layout Layout()
    {
        try
        {
            return Optim.Layout.OfSequence(List("shapes", Get("shapes"), null).Select((shape, i) => new TensorShape(
                FormattableString.Invariant($"{i}"), [.. List("shapes", shape, null).Select(Dimension)])));
        }
        catch (ArgumentException e)
        {
            throw Error("shapes", e.Message, e);
        }
    }

    /// <summary>One list of tensors.</summary>
    public TensorSet<double> Tensors(string key, Layout layout) => ToTensors(key, Get(key), layout);

    /// <summary>A list of tensors a step; at least one step.</summary>
    public IReadOnlyList<TensorSet<double>> Steps(string key, Layout layout)
    {
        TensorSet<double>[] steps = [.. List(key, Get(key), null).Select(step => ToTensors(key, step, layout))];
        return steps.Length > 0 ? steps : throw Error(key, "must hold at least one step, was empty.");
    }

    /// <summary>The recorded final values of the slots of the given names, as far as they were recorded.</summary>
    /// <remarks>A value that is not one list of numbers a tensor (a number for a tensor, or for the group) is no slot, whatever its name.</remarks>
    public IReadOnlyDictionary<string, TensorSet<double>> State(IEnumerable<string> slots, Layout layout)
    {
        var found = new Dictionary<string, TensorSet<double>>(StringComparer.Ordinal);
        if (!json.TryGetProperty("state", out var state))
        {
            return found;
        }

        if (state.ValueKind != JsonValueKind.Object)
        {
            throw Error("state", $"must be an object, was {state.ValueKind}.");
        }

        foreach (string slot in slots)
        {
            if (state.TryGetProperty(slot, out var value) && value.ValueKind == JsonValueKind.Array
                && value.EnumerateArray().All(tensor => tensor.ValueKind == JsonValueKind.Array))
            {
                found[slot] = ToTensors($"state.{slot}", value, layout);
            }
        }

        return found;
    }

    private TensorSet<double> ToTensors(string key, JsonElement element, Layout layout)
    {
        var values = new List<double>(layout.Length);
        foreach (var (tensor, shape) in List(key, element, layout.Count).Zip(layout))
        {
            values.AddRange(List(key, tensor, shape.Length).Select(e => ToNumber(key, e)));
        }

        return TensorSet.OfValues<double>(layout, values.ToArray());
    }

    private JsonElement.ArrayEnumerator List(string key, JsonElement element, int? length)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw Error(key, $"must be a list, was {element.ValueKind}.");
        }

        return length is null || element.GetArrayLength() == length
            ? element.EnumerateArray()
            : throw Error(key, FormattableString.Invariant($"must hold {length} entries by 'shapes', was a list of {element.GetArrayLength()}."));
    }

    private int Dimension(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int dimension)
        ? dimension
        : throw Error("shapes", $"a dimension must be a whole number, was {element}.");

    private double ToNumber(string key, JsonElement element) => JsonNumber.TryRead(element, out double value)
        ? value
        : throw Error(key, $"must hold numbers, was {element}.");

    private JsonElement Get(string key) => json.TryGetProperty(key, out var value) ? value : throw Error(key, "is missing.");
}
