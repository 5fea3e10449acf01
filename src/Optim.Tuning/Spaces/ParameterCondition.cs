namespace Optim.Tuning;

/// <summary>The condition under which a parameter is active: a categorical parent has one of some choices.</summary>
public sealed record ParameterCondition
{
    /// <summary>Sets the parent and its choices.</summary>
    /// <param name="parent">The name of a categorical parameter.</param>
    /// <param name="choices">Its choices for which the dependent parameter is active; one or more.</param>
    /// <exception cref="ArgumentException">There is no name or no choice.</exception>
    public ParameterCondition(string parent, IEnumerable<string> choices)
    {
        ArgumentException.ThrowIfNullOrEmpty(parent);
        ArgumentNullException.ThrowIfNull(choices);
        Parent = parent;
        Choices = new ValueList<string>(choices);
        if (Choices.Count == 0)
        {
            throw new ArgumentException($"A condition on '{parent}' must name at least one choice, named none.", nameof(choices));
        }
    }

    /// <summary>The name of the categorical parent.</summary>
    public string Parent { get; }

    /// <summary>Its choices for which the dependent parameter is active.</summary>
    public IReadOnlyList<string> Choices { get; }

    /// <summary>The condition as text.</summary>
    public override string ToString() => $"{Parent} is {string.Join(" or ", Choices)}";
}
