namespace Optim.Tuning;

/// <summary>When a parameter has a meaning: while a categorical one has one of some choices.</summary>
public sealed record ParameterCondition
{
    /// <summary>Sets the parent and its choices.</summary>
    /// <param name="parent">The name of a categorical parameter.</param>
    /// <param name="choices">Its choices with which the dependent parameter has a meaning; one or more.</param>
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

    /// <summary>The name of the categorical parameter that decides.</summary>
    public string Parent { get; }

    /// <summary>Its choices with which the dependent parameter has a meaning.</summary>
    public IReadOnlyList<string> Choices { get; }

    /// <summary>The condition in words.</summary>
    public override string ToString() => $"{Parent} is {string.Join(" or ", Choices)}";
}
