using System.Text.Json;

namespace Optim.Conformance;

/// <summary>
/// The hyperparameters of a recording in the vocabulary of its source (<c>lr</c>, <c>betas</c>, ...), for a rule's file to
/// translate. Whatever is not read is reported, so that no hyperparameter is silently ignored.
/// </summary>
internal sealed class SourceHyperparameters(JsonElement json, IReadOnlyList<double>? learningRatePerStep)
{
    private readonly HashSet<string> read = new(StringComparer.Ordinal);
    private readonly List<(string Name, SourceHyperparameters Values)> nested = [];
    private JsonElement defaults;
    private SourceHyperparameters? outer;

    /// <summary>The learning rate: the table of a changing one where the recording has it. An optimizer within another has that one's unless it names its own.</summary>
    public Schedule LearningRate
    {
        get
        {
            if (outer is not null && !json.TryGetProperty("lr", out _))
            {
                return outer.LearningRate;
            }

            double constant = Number("lr");
            return learningRatePerStep is null ? constant : Schedule.Table(learningRatePerStep);
        }
    }

    public double Number(string name) => ToNumber(name, Get(name));

    /// <summary>Whether the source names it at all.</summary>
    public bool Has(string name) => json.TryGetProperty(name, out _);

    /// <summary>A number that the source may leave out or set to null.</summary>
    public double? OptionalNumber(string name)
    {
        read.Add(name);
        return json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? Number(name) : null;
    }

    /// <summary>A whole number.</summary>
    public int Count(string name) => Get(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int count)
        ? count
        : throw new FormatException($"Hyperparameter '{name}' must be a whole number, was {Get(name)}.");

    public bool Flag(string name) => Get(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value
        ? value.GetBoolean()
        : throw new FormatException($"Hyperparameter '{name}' must be true or false, was {Get(name)}.");

    /// <summary>One of some words.</summary>
    public string Choice(string name, params string[] choices) => Get(name) is { ValueKind: JsonValueKind.String } value && choices.Contains(value.GetString())
        ? value.GetString()!
        : throw new FormatException($"Hyperparameter '{name}' must be one of {string.Join(", ", choices)}, was {Get(name)}.");

    public double Number(string name, int index)
    {
        var value = Get(name);
        return value.ValueKind == JsonValueKind.Array && index < value.GetArrayLength()
            ? ToNumber(name, value[index])
            : throw new FormatException(FormattableString.Invariant(
                $"Hyperparameter '{name}' must be a list of more than {index} numbers, was {value}."));
    }

    public IReadOnlyList<double> Numbers(string name) => Get(name) is { ValueKind: JsonValueKind.Array } list
        ? [.. list.EnumerateArray().Select(value => ToNumber(name, value))]
        : throw new FormatException($"Hyperparameter '{name}' must be a list of numbers, was {Get(name)}.");

    /// <summary>Whether it is a list whose entries are lists.</summary>
    public bool IsListOfLists(string name) =>
        Get(name) is { ValueKind: JsonValueKind.Array } list && list.EnumerateArray().All(row => row.ValueKind == JsonValueKind.Array);

    /// <summary>A list of lists of numbers.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Rows(string name) => IsListOfLists(name)
        ? [.. Get(name).EnumerateArray().Select(row => (IReadOnlyList<double>)[.. row.EnumerateArray().Select(value => ToNumber(name, value))])]
        : throw new FormatException($"Hyperparameter '{name}' must be a list of lists of numbers, was {Get(name)}.");

    public string Text(string name) => Get(name) is { ValueKind: JsonValueKind.String } value
        ? value.GetString()!
        : throw new FormatException($"Hyperparameter '{name}' must be a string, was {Get(name)}.");

    /// <summary>Whether a hyperparameter is null: the source's word for none.</summary>
    public bool IsNull(string name) => Get(name).ValueKind == JsonValueKind.Null;

    /// <summary>The hyperparameters of the optimizer within this one.</summary>
    public SourceHyperparameters Nested(string name)
    {
        var value = Get(name);
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"Hyperparameter '{name}' must be an object, was {value}.");
        }

        var inner = new SourceHyperparameters(value, null) { outer = this };
        nested.Add((name, inner));
        return inner;
    }

    /// <summary>The hyperparameters of each of some parts.</summary>
    public IReadOnlyList<SourceHyperparameters> NestedList(string name)
    {
        if (Get(name) is not { ValueKind: JsonValueKind.Array } list || list.EnumerateArray().Any(part => part.ValueKind != JsonValueKind.Object))
        {
            throw new FormatException($"Hyperparameter '{name}' must be a list of objects, was {Get(name)}.");
        }

        SourceHyperparameters[] parts = [.. list.EnumerateArray().Select(part => new SourceHyperparameters(part, null) { outer = this })];
        nested.AddRange(parts.Select(part => (name, part)));
        return parts;
    }

    /// <summary>Gives values to what the file leaves out.</summary>
    /// <param name="values">An object of them; undefined for none.</param>
    public void TakeDefaults(JsonElement values) => defaults = values;

    /// <summary>Whether an entry of a list is null.</summary>
    public bool IsNull(string name, int index) =>
        Get(name) is { ValueKind: JsonValueKind.Array } value && index < value.GetArrayLength() && value[index].ValueKind == JsonValueKind.Null;

    /// <summary>The names that nobody read.</summary>
    public IReadOnlyList<string> Unread() =>
    [
        .. json.EnumerateObject().Select(p => p.Name).Where(name => !read.Contains(name)),
        .. nested.SelectMany(inner => inner.Values.Unread().Select(name => $"{inner.Name}.{name}")),
    ];

    private static double ToNumber(string name, JsonElement value) => JsonNumber.TryRead(value, out double number)
        ? number
        : throw new FormatException($"Hyperparameter '{name}' must be a number, was {value}.");

    private JsonElement Get(string name)
    {
        read.Add(name);
        return json.TryGetProperty(name, out var value) || (defaults.ValueKind == JsonValueKind.Object && defaults.TryGetProperty(name, out value))
            ? value
            : throw new FormatException($"Hyperparameter '{name}' is missing.");
    }
}
