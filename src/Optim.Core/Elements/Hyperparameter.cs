using System.Globalization;

namespace Optim;

/// <summary>A hyperparameter of a rule that is a function (<see cref="FunctionRule"/>), as data: printed, saved, compared, adjusted and scheduled like one of the library's own rules.</summary>
/// <remarks>Compared by value. A pair of a name and a number, or of a name and a schedule, converts to one.</remarks>
public sealed record Hyperparameter
{
    /// <summary>Sets the name, the value and its range.</summary>
    /// <param name="name">The name, as in <c>rule.Adjust(name, ...)</c>: letters, digits and underscores, the first a letter. Not <c>LearningRate</c>, which every such rule has as a property.</param>
    /// <param name="value">A number, or a schedule.</param>
    /// <param name="range">The valid values. Default <see cref="Bounds.Finite"/>.</param>
    /// <param name="unused">Not given: see <see cref="NoValue"/>.</param>
    /// <exception cref="ArgumentException">The name is none, or the value is out of range.</exception>
    public Hyperparameter(string name, Schedule value, Bounds range = Bounds.Finite, NoValue? unused = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (!char.IsAsciiLetter(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            throw new ArgumentException($"The {nameof(name)} of a hyperparameter must be letters, digits and underscores, the first a letter, was '{name}'.", nameof(name));
        }

        if (name is RuleTree.LearningRate or nameof(FunctionRule.Name) or "rule" or "type")
        {
            throw new ArgumentException(
                name == RuleTree.LearningRate
                    ? $"The {nameof(name)} {name} is a property of every rule: set that, LearningRate = ..., and read it as step.LearningRate."
                    : $"The {nameof(name)} of a hyperparameter must not be '{name}', which files use otherwise.",
                nameof(name));
        }

        Name = name;
        Range = Constraint.CheckDefined(range, nameof(range));
        Value = Constraint.Of(range).Check(value, name);
    }

    /// <summary>Sets the name and a number of any finite value.</summary>
    /// <param name="name">The name: letters, digits and underscores, the first a letter.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="ArgumentException">The name is none, or the value is not finite.</exception>
    public Hyperparameter(string name, double value)
        : this(name, Schedule.Constant(value))
    {
    }

    /// <summary>Sets the name, a number and its range.</summary>
    /// <param name="name">The name: letters, digits and underscores, the first a letter.</param>
    /// <param name="value">The number.</param>
    /// <param name="range">The valid values.</param>
    /// <exception cref="ArgumentException">The name is none, or the number is out of range.</exception>
    public Hyperparameter(string name, double value, Bounds range)
        : this(name, Schedule.Constant(value), range)
    {
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The value; a number is a constant schedule.</summary>
    public Schedule Value { get; }

    /// <summary>The valid values.</summary>
    public Bounds Range { get; }

    /// <summary>A name and a number.</summary>
    /// <param name="pair">The pair.</param>
    public static implicit operator Hyperparameter((string Name, double Value) pair) => new(pair.Name, pair.Value);

    /// <summary>A name and a schedule.</summary>
    /// <param name="pair">The pair.</param>
    public static implicit operator Hyperparameter((string Name, Schedule Value) pair) => new(pair.Name, pair.Value);

    /// <summary>The same with another value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    internal Hyperparameter At(Schedule value) => new(Name, value, Range);

    /// <summary><c>Beta1 = 0.9</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} = {Value}");
}
