namespace Optim.Tuning;

/// <summary>A categorical parameter; created by <see cref="SearchParameter.Categorical"/>.</summary>
public sealed record ChoiceParameter : SearchParameter
{
    internal ChoiceParameter(string name, IEnumerable<string> choices)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(choices);
        Choices = new ValueList<string>(choices);
        if (Choices.Count == 0)
        {
            throw new ArgumentException($"{name} must have at least one choice, had none.", nameof(choices));
        }

        if (Choices.GroupBy(choice => choice).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"{name} must have each choice once, '{twice.Key}' occurs twice.", nameof(choices));
        }
    }

    /// <summary>The choices.</summary>
    public IReadOnlyList<string> Choices { get; }

    /// <inheritdoc/>
    public override bool Contains(ParameterValue value) => value.Choice is { } choice && Choices.Contains(choice);

    internal override string Domain => $"one of {string.Join(", ", Choices)}";

    /// <inheritdoc/>
    public override double PositionOf(ParameterValue value) => !Contains(value)
        ? throw new ArgumentException($"{Name} must be {Domain}, was {value}.", nameof(value))
        : Choices.Count == 1 ? 0.5 : (double)Choices.TakeWhile(choice => choice != value.Choice).Count() / (Choices.Count - 1);
}
