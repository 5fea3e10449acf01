namespace Optim.Tuning;

/// <summary>A search parameter: a number from a range or a choice from a list.</summary>
/// <remarks>Immutable and compared by value.</remarks>
public abstract record SearchParameter
{
    private protected SearchParameter(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <summary>The name, unique in a space.</summary>
    public string Name { get; }

    /// <summary>The condition under which the parameter is active; null for always.</summary>
    public ParameterCondition? Condition { get; private init; }

    /// <summary>A number between two bounds, uniformly distributed.</summary>
    /// <param name="name">The name.</param>
    /// <param name="low">The lowest value.</param>
    /// <param name="high">The highest value; <paramref name="low"/> or more. Equal bounds make a constant.</param>
    /// <exception cref="ArgumentException">The bounds are not finite or not in order.</exception>
    public static SearchParameter Uniform(string name, double low, double high) => new NumberParameter(name, low, high, isLogarithmic: false, isWhole: false);

    /// <summary>A number with a log-uniform distribution, for learning rates and weight decay.</summary>
    /// <param name="name">The name.</param>
    /// <param name="low">The lowest value; more than 0.</param>
    /// <param name="high">The highest value; <paramref name="low"/> or more. Equal bounds make a constant.</param>
    /// <exception cref="ArgumentException">The bounds are not finite, not positive or not in order.</exception>
    public static SearchParameter LogUniform(string name, double low, double high) => new NumberParameter(name, low, high, isLogarithmic: true, isWhole: false);

    /// <summary>An integer between two bounds, inclusive.</summary>
    /// <param name="name">The name.</param>
    /// <param name="low">The lowest value.</param>
    /// <param name="high">The highest value; <paramref name="low"/> or more; both within 2^53 of 0.</param>
    /// <param name="logarithmic">Whether the scale is logarithmic; then <paramref name="low"/> must be 1 or more.</param>
    /// <exception cref="ArgumentException">The bounds are not in order or out of range.</exception>
    public static SearchParameter Integer(string name, long low, long high, bool logarithmic = false) =>
        new NumberParameter(name, low, high, logarithmic, isWhole: true);

    /// <summary>An unordered choice from a list.</summary>
    /// <param name="name">The name.</param>
    /// <param name="choices">The choices; one or more, unique.</param>
    /// <exception cref="ArgumentException">There is no choice, or one occurs twice.</exception>
    public static SearchParameter Categorical(string name, params IEnumerable<string> choices) => new ChoiceParameter(name, choices);

    /// <summary>The same parameter, active only while another has one of some choices.</summary>
    /// <param name="parent">The name of a categorical parameter that precedes this one in the space.</param>
    /// <param name="choices">Its choices for which this one is active.</param>
    /// <exception cref="ArgumentException">There is no choice.</exception>
    public SearchParameter When(string parent, params IEnumerable<string> choices) => this with { Condition = new(parent, choices) };

    /// <summary>Whether a value is valid for the parameter.</summary>
    /// <param name="value">The value.</param>
    public abstract bool Contains(ParameterValue value);

    /// <summary>A value's position in the parameter's range, from 0 to 1: for a number on the search scale, for a choice by its index in the list (1/2 if there is only one).</summary>
    /// <param name="value">One of the parameter's values; a number out of range is clamped.</param>
    /// <exception cref="ArgumentException">The value is a choice for a numeric parameter, or is not one of the choices.</exception>
    public abstract double PositionOf(ParameterValue value);

    /// <summary>The range or the choices, as text.</summary>
    internal abstract string Domain { get; }

    /// <summary>Name, range and condition; unique to equal parameters.</summary>
    public sealed override string ToString() => Condition is null ? $"{Name}: {Domain}" : $"{Name}: {Domain}, when {Condition}";
}
