namespace Optim.Tuning;

/// <summary>The parameters of a search, ordered so that each follows its condition's parent.</summary>
/// <remarks>Immutable and compared by value.</remarks>
public sealed class SearchSpace : IEquatable<SearchSpace>
{
    private readonly ValueList<SearchParameter> parameters;

    private SearchSpace(ValueList<SearchParameter> parameters) => this.parameters = parameters;

    /// <summary>The parameters, in order.</summary>
    public IReadOnlyList<SearchParameter> Parameters => parameters;

    /// <summary>Creates a space.</summary>
    /// <param name="parameters">One or more; a condition's parent before the parameter that has the condition.</param>
    /// <exception cref="ArgumentException">There is none, a name occurs twice, or a condition does not name a preceding categorical parameter and its choices.</exception>
    public static SearchSpace Of(params IEnumerable<SearchParameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        SearchParameter[] list = [.. parameters];
        if (list.Length == 0)
        {
            throw new ArgumentException("A search space must have at least one parameter, had none.", nameof(parameters));
        }

        for (int i = 0; i < list.Length; i++)
        {
            var before = list.AsSpan(0, i).ToArray();
            if (before.Any(other => other.Name == list[i].Name))
            {
                throw new ArgumentException($"A search space must have each name once, '{list[i].Name}' occurs twice.", nameof(parameters));
            }

            RequireParent(list[i], before);
        }

        return new(new(list));
    }

    /// <summary>An assignment of values; omit those of inactive parameters.</summary>
    /// <param name="values">Names and values.</param>
    /// <exception cref="ArgumentException">A value is missing, unknown, out of range, or given for an inactive parameter.</exception>
    public Assignment Assign(IReadOnlyDictionary<string, ParameterValue> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Keys.FirstOrDefault(name => parameters.All(parameter => parameter.Name != name)) is { } stranger)
        {
            throw new ArgumentException($"The space has no parameter '{stranger}'; it has: {string.Join(", ", parameters.Select(p => p.Name))}.", nameof(values));
        }

        var assignment = Walk(parameter => values.TryGetValue(parameter.Name, out var value)
            ? parameter.Contains(value)
                ? value
                : throw new ArgumentException($"{parameter.Name} must be {parameter.Domain}, was {value}.", nameof(values))
            : throw new ArgumentException($"{parameter.Name} must have a value, has none.", nameof(values)));
        return values.Keys.FirstOrDefault(name => !assignment.Has(name)) is { } meaningless
            ? throw new ArgumentException($"{meaningless} has a value, but is active only when {Find(meaningless)!.Condition}.", nameof(values))
            : assignment;
    }

    /// <summary>Finds a parameter by name; null if there is none.</summary>
    /// <param name="name">The name.</param>
    public SearchParameter? Find(string name) => parameters.FirstOrDefault(parameter => parameter.Name == name);

    /// <inheritdoc/>
    public bool Equals(SearchSpace? other) => other is not null && parameters.Equals(other.parameters);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SearchSpace);

    /// <inheritdoc/>
    public override int GetHashCode() => parameters.GetHashCode();

    /// <summary>The parameters, one per line; unique to equal spaces.</summary>
    public override string ToString() => string.Join('\n', parameters.Select(parameter => parameter.ToString()));

    /// <summary>Builds an assignment by requesting each parameter's value that is active given the values before it.</summary>
    internal Assignment Walk(Func<SearchParameter, ParameterValue> value)
    {
        var values = new List<KeyValuePair<string, ParameterValue>>();
        foreach (var parameter in parameters)
        {
            if (parameter.Condition is not { } condition
                || values.Any(pair => pair.Key == condition.Parent && condition.Choices.Contains(pair.Value.Choice)))
            {
                values.Add(new(parameter.Name, value(parameter)));
            }
        }

        return new(values);
    }

    /// <summary>Every assignment whose numbers are among some values, in lexicographic order.</summary>
    /// <param name="values">From a parameter to its values, in order.</param>
    internal IEnumerable<Assignment> Every(Func<SearchParameter, IEnumerable<ParameterValue>> values)
    {
        return From(0, []);

        IEnumerable<Assignment> From(int index, List<KeyValuePair<string, ParameterValue>> before)
        {
            if (index == parameters.Count)
            {
                return [new Assignment(before)];
            }

            var parameter = parameters[index];
            bool isActive = parameter.Condition is not { } condition || before.Any(pair => pair.Key == condition.Parent && condition.Choices.Contains(pair.Value.Choice));
            return isActive
                ? values(parameter).SelectMany(value => From(index + 1, [.. before, new(parameter.Name, value)]))
                : From(index + 1, before);
        }
    }

    /// <summary>Every assignment of a space of choices, integers and constants; null for a space with more than can be tried, or with a number from a range.</summary>
    /// <param name="most">More are too many.</param>
    internal IReadOnlyList<Assignment>? Everything(int most)
    {
        if (parameters.Any(parameter => parameter is NumberParameter { Count: null or > int.MaxValue }))
        {
            return null;
        }

        var all = Every(parameter => parameter is ChoiceParameter choice
            ? choice.Choices.Select(ParameterValue.OfChoice)
            : ((NumberParameter)parameter).Grid(int.MaxValue).Select(ParameterValue.Of)).Take(most + 1).ToList();
        return all.Count <= most ? all : null;
    }

    private static void RequireParent(SearchParameter parameter, SearchParameter[] before)
    {
        if (parameter.Condition is not { } condition)
        {
            return;
        }

        if (before.FirstOrDefault(other => other.Name == condition.Parent) is not ChoiceParameter parent)
        {
            throw new ArgumentException(
                $"The condition of '{parameter.Name}' must name a categorical parameter that stands before it, was '{condition.Parent}'.", nameof(parameter));
        }

        if (condition.Choices.FirstOrDefault(choice => !parent.Choices.Contains(choice)) is { } stranger)
        {
            throw new ArgumentException(
                $"The condition of '{parameter.Name}' must name choices of '{parent.Name}' ({string.Join(", ", parent.Choices)}), was '{stranger}'.", nameof(parameter));
        }
    }
}
