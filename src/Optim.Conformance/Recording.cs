using System.Text.Json;

namespace Optim.Conformance;

/// <summary>One recorded case. Its data are read on demand; whatever is malformed is a <see cref="FormatException"/> that names file, case and key.</summary>
internal sealed class Recording(string file, string family, string name, string? variant, JsonElement json)
{
    private const double UsualTolerance = 1e-11;

    public string File => file;

    public string Family => family;

    public string Name => name;

    /// <summary>The convention that the case follows where it is not its family's usual one; null where it is.</summary>
    public string? Variant => variant;

    /// <summary>The problem that the file poses to all of its cases; null where each has its own, or there is none.</summary>
    public JsonElement? FileProblem { get; init; }

    /// <summary>Where the file lies, for files beside it; null where that is not known.</summary>
    public string? Folder { get; init; }

    /// <summary>
    /// Whether the case says only what its family's cases do not have in common: hyperparameters left out have the source's defaults,
    /// shapes left out are vectors, and a tolerance left out is that of most recordings.
    /// </summary>
    public bool IsAbridged { get; private init; }

    /// <summary>The same case as an abridged one of a family.</summary>
    public Recording Abridged(string family) => new(file, family, name, variant, json) { FileProblem = FileProblem, Folder = Folder, IsAbridged = true };

    public IEnumerable<string> Keys => json.EnumerateObject().Select(p => p.Name);

    public bool Has(string key) => json.TryGetProperty(key, out _);

    public FormatException Error(string key, string problem, Exception? inner = null) =>
        new($"{file}, case '{name}', key '{key}': {problem}", inner);

    public double Number(string key) => ToNumber(key, Get(key));

    /// <summary>A number, or null where the recording has null.</summary>
    public double? OptionalNumber(string key) => Get(key).ValueKind == JsonValueKind.Null ? null : Number(key);

    public double[] Numbers(string key) => [.. List(key, Get(key), null).Select(e => ToNumber(key, e))];

    /// <summary>A tolerance: in [0, 1).</summary>
    public double Tolerance(string key) => IsAbridged && !Has(key) ? UsualTolerance : Number(key) is var tolerance and >= 0 and < 1
        ? tolerance
        : throw Error(key, FormattableString.Invariant($"must be in [0, 1), was {Number(key)}."));

    /// <summary>A whole number.</summary>
    public int Count(string key) => WholeNumber(key, Get(key));

    /// <summary>The problem that the loop was closed over: the case's own, or the file's.</summary>
    public JsonElement Problem() => json.TryGetProperty("problem", out var own) ? own : FileProblem ?? throw Error("problem", "is missing, in the file as well.");

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
            var shapes = IsAbridged && !Has("shapes")
                ? List("gradients", List("gradients", Get("gradients"), null).First(), null).Select(vector => (int[])[vector.GetArrayLength()])
                : List("shapes", Get("shapes"), null).Select(shape => (int[])[.. List("shapes", shape, null).Select(Dimension)]);
            return Optim.Layout.OfSequence(shapes.Select((dimensions, i) => new TensorShape(FormattableString.Invariant($"{i}"), dimensions)));
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

    /// <summary>A list of tensors a step, null where there is nothing at a step.</summary>
    public IReadOnlyList<TensorSet<double>?> OptionalSteps(string key, Layout layout) =>
        [.. List(key, Get(key), null).Select(step => step.ValueKind == JsonValueKind.Null ? null : ToTensors(key, step, layout))];

    /// <summary>A list of tensors a step, by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TensorSet<double>>> NamedSteps(string key, Func<string, Layout> layout)
    {
        var element = Get(key);
        return element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().ToDictionary(
                named => named.Name,
                named => (IReadOnlyList<TensorSet<double>>)[.. List($"{key}.{named.Name}", named.Value, null).Select(step => ToTensors($"{key}.{named.Name}", step, layout(named.Name)))],
                StringComparer.Ordinal)
            : throw Error(key, $"must be an object, was {element.ValueKind}.");
    }

    /// <summary>For each step a flag for each tensor.</summary>
    public IReadOnlyList<IReadOnlyList<bool>> Flags(string key, int tensors) =>
    [
        .. List(key, Get(key), null).Select(step => (IReadOnlyList<bool>)
        [
            .. List(key, step, tensors).Select(flag => flag.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? flag.GetBoolean()
                : throw Error(key, $"must hold true or false, was {flag}.")),
        ]),
    ];

    /// <summary>For each step, flat positions in each tensor, by the tensor's name.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, IReadOnlyList<int>>> Indices(string key, Layout layout) =>
        [.. List(key, Get(key), null).Select(step => List(key, step, layout.Count).Zip(layout).ToDictionary(
            pair => pair.Second.Name, pair => (IReadOnlyList<int>)[.. List(key, pair.First, null).Select(index => WholeNumber(key, index))], StringComparer.Ordinal))];

    /// <summary>The recorded final values of the slots of the given names and layouts, as far as they were recorded.</summary>
    /// <remarks>A number for each tensor is a slot of one element a tensor, null for a tensor an empty one. A value that is neither that nor a list of numbers a tensor (a number for the group) is no slot, whatever its name.</remarks>
    public IReadOnlyDictionary<string, TensorSet<double>> State(IReadOnlyDictionary<string, Layout> slots)
    {
        var found = new Dictionary<string, TensorSet<double>>(StringComparer.Ordinal);
        foreach (var (slot, layout) in slots)
        {
            if (!TryGetState(slot, out var value) || value.ValueKind != JsonValueKind.Array)
            {
                continue;
            }

            if (value.EnumerateArray().All(tensor => tensor.ValueKind is JsonValueKind.Array or JsonValueKind.Null)
                && value.EnumerateArray().Any(tensor => tensor.ValueKind == JsonValueKind.Array))
            {
                found[slot] = ToTensors($"state.{slot}", value, layout);
            }
            else if (layout.All(shape => shape.Length == 1) && value.EnumerateArray().All(tensor => tensor.ValueKind == JsonValueKind.Number))
            {
                found[slot] = TensorSet.OfValues<double>(layout, List($"state.{slot}", value, layout.Count).Select(e => ToNumber($"state.{slot}", e)).ToArray());
            }
        }

        return found;
    }

    /// <summary>The recorded final values of the scalars of the given names, as far as one number was recorded for each.</summary>
    public IReadOnlyDictionary<string, double> StateNumbers(IEnumerable<string> scalars) => scalars
        .Where(name => TryGetState(name, out var value) && JsonNumber.TryRead(value, out _))
        .ToDictionary(name => name, name => TryGetState(name, out var value) ? ToNumber($"state.{name}", value) : 0, StringComparer.Ordinal);

    private bool TryGetState(string name, out JsonElement value)
    {
        value = default;
        return json.TryGetProperty("state", out var state)
            && (state.ValueKind == JsonValueKind.Object ? state.TryGetProperty(name, out value) : throw Error("state", $"must be an object, was {state.ValueKind}."));
    }

    private TensorSet<double> ToTensors(string key, JsonElement element, Layout layout)
    {
        var values = new List<double>(layout.Length);
        foreach (var (tensor, shape) in List(key, element, layout.Count).Zip(layout))
        {
            // The source may keep for every tensor what the rule keeps for some, as zeros that it never reads.
            bool isKept = shape.Length > 0 || (tensor.ValueKind != JsonValueKind.Null && !key.StartsWith("state.", StringComparison.Ordinal));
            if (isKept)
            {
                values.AddRange(List(key, tensor, shape.Length).Select(e => ToNumber(key, e)));
            }
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

    private int WholeNumber(string key, JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number)
        ? number
        : throw Error(key, $"must hold whole numbers, was {element}.");

    private int Dimension(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int dimension)
        ? dimension
        : throw Error("shapes", $"a dimension must be a whole number, was {element}.");

    private double ToNumber(string key, JsonElement element) => JsonNumber.TryRead(element, out double value)
        ? value
        : throw Error(key, $"must hold numbers, was {element}.");

    private JsonElement Get(string key) => json.TryGetProperty(key, out var value) ? value : throw Error(key, "is missing.");
}
