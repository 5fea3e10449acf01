namespace Optim.Tuning;

/// <summary>One thing to be decided by a search: a number from a range or a choice from a list.</summary>
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

    /// <summary>When the parameter has a meaning; null for always.</summary>
    public ParameterCondition? Condition { get; private init; }

    /// <summary>A number between two bounds, every value as likely as any other before anything is known.</summary>
    /// <param name="name">The name.</param>
    /// <param name="low">The lowest value.</param>
    /// <param name="high">The highest value; more than <paramref name="low"/>.</param>
    /// <exception cref="ArgumentException">The bounds are not finite or not in order.</exception>
    public static SearchParameter Uniform(string name, double low, double high) => new NumberParameter(name, low, high, isLogarithmic: false, isWhole: false);

    /// <summary>A number whose logarithm is uniform: every factor as likely as any other. For learning rates and weight decay.</summary>
    /// <param name="name">The name.</param>
    /// <param name="low">The lowest value; more than 0.</param>
    /// <param name="high">The highest value; more than <paramref name="low"/>.</param>
    /// <exception cref="ArgumentException">The bounds are not finite, not positive or not in order.</exception>
    public static SearchParameter LogUniform(string name, double low, double high) => new NumberParameter(name, low, high, isLogarithmic: true, isWhole: false);

    /// <summary>A whole number between two bounds, both included.</summary>
    /// <param name="name">The name.</param>
    /// <param name="low">The lowest value.</param>
    /// <param name="high">The highest value; more than <paramref name="low"/>; both within 2^53 of 0.</param>
    /// <param name="logarithmic">Whether factors rather than differences are as likely as each other; <paramref name="low"/> must be 1 or more then.</param>
    /// <exception cref="ArgumentException">The bounds are not in order or out of range.</exception>
    public static SearchParameter Integer(string name, long low, long high, bool logarithmic = false) =>
        new NumberParameter(name, low, high, logarithmic, isWhole: true);

    /// <summary>A choice from a list, without an order.</summary>
    /// <param name="name">The name.</param>
    /// <param name="choices">What there is to choose from; one or more, each once.</param>
    /// <exception cref="ArgumentException">There is no choice, or one occurs twice.</exception>
    public static SearchParameter Categorical(string name, params IEnumerable<string> choices) => new ChoiceParameter(name, choices);

    /// <summary>The same parameter, with a meaning only while another has one of some choices.</summary>
    /// <param name="parent">The name of a categorical parameter that stands before this one in the space.</param>
    /// <param name="choices">Its choices with which this one has a meaning.</param>
    /// <exception cref="ArgumentException">There is no choice.</exception>
    public SearchParameter When(string parent, params IEnumerable<string> choices) => this with { Condition = new(parent, choices) };

    /// <summary>Whether a value is one of the parameter's.</summary>
    /// <param name="value">The value.</param>
    public abstract bool Contains(ParameterValue value);

    /// <summary>Where a value lies between the parameter's ends, from 0 to 1: for a number by the scale that is searched, for a choice by its place in the list (1/2 where there is one alone).</summary>
    /// <param name="value">One of the parameter's values; a number beyond the ends lies at the nearer one.</param>
    /// <exception cref="ArgumentException">The value is a choice where a number is searched, or is none of the choices.</exception>
    public abstract double PositionOf(ParameterValue value);

    /// <summary>What is searched, in words: the range or the choices.</summary>
    internal abstract string Domain { get; }

    /// <summary>Name, range and condition; the same for equal parameters alone.</summary>
    public sealed override string ToString() => Condition is null ? $"{Name}: {Domain}" : $"{Name}: {Domain}, when {Condition}";
}
