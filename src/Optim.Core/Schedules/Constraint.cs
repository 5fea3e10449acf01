using System.Globalization;
using System.Runtime.CompilerServices;

namespace Optim;

/// <summary>The valid values of a hyperparameter. Checks reject NaN, and infinities unless the constraint allows them; errors name the parameter, the value and the constraint.</summary>
public sealed class Constraint
{
    private readonly double least;
    private readonly double most;

    private Constraint(string text, double least, double most)
    {
        Text = text;
        this.least = least;
        this.most = most;
    }

    /// <summary>In [0, 1): decay rates and momentum.</summary>
    public static Constraint UnitInterval { get; } = new("in [0, 1)", 0, Math.BitDecrement(1.0));

    /// <summary>0 or more, and finite: learning rates, weight decay, epsilon.</summary>
    public static Constraint NonNegative { get; } = new("0 or more, and finite", 0, double.MaxValue);

    /// <summary>More than 0, and finite: limits.</summary>
    public static Constraint Positive { get; } = new("more than 0, and finite", double.Epsilon, double.MaxValue);

    /// <summary>In [0, 1]: fractions that may be 1.</summary>
    public static Constraint Fraction { get; } = new("in [0, 1]", 0, 1);

    /// <summary>In (0, 1]: fractions that may not be 0.</summary>
    public static Constraint PositiveFraction { get; } = new("in (0, 1]", double.Epsilon, 1);

    /// <summary>1 or more, and finite: growth.</summary>
    public static Constraint AtLeastOne { get; } = new("1 or more, and finite", 1, double.MaxValue);

    /// <summary>1 or more, infinity included: limits of growth.</summary>
    public static Constraint Growth { get; } = new("1 or more", 1, double.PositiveInfinity);

    /// <summary>Finite: factors.</summary>
    public static Constraint Finite { get; } = new("finite", double.MinValue, double.MaxValue);

    /// <summary>Any number, or minus infinity: lower bounds, including none.</summary>
    public static Constraint LowerBound { get; } = new("finite, or -Infinity", double.NegativeInfinity, double.MaxValue);

    /// <summary>Any number, or infinity: upper bounds, including none.</summary>
    public static Constraint UpperBound { get; } = new("finite, or Infinity", double.MinValue, double.PositiveInfinity);

    /// <summary>The constraint of a range.</summary>
    internal static Constraint Of(Bounds range) => range switch
    {
        Bounds.UnitInterval => UnitInterval,
        Bounds.NonNegative => NonNegative,
        Bounds.Positive => Positive,
        Bounds.Fraction => Fraction,
        Bounds.PositiveFraction => PositiveFraction,
        Bounds.AtLeastOne => AtLeastOne,
        Bounds.Growth => Growth,
        Bounds.LowerBound => LowerBound,
        Bounds.UpperBound => UpperBound,
        _ => Finite,
    };

    /// <summary>The constraint in words, to follow "must be".</summary>
    public string Text { get; }

    /// <summary>Rejects a number that does not satisfy the constraint.</summary>
    /// <param name="value">The number.</param>
    /// <param name="name">The parameter's name; by default the property being set.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The constraint does not hold.</exception>
    public double Check(double value, [CallerMemberName] string name = "") => Holds(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, $"{name} must be {Text}, was {value.ToString(CultureInfo.InvariantCulture)}.");

    /// <summary>Rejects a constant schedule that does not satisfy the constraint; any other is checked at each step.</summary>
    /// <param name="value">The schedule.</param>
    /// <param name="name">The parameter's name; by default the property being set.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The constraint does not hold.</exception>
    public Schedule Check(Schedule value, [CallerMemberName] string name = "")
    {
        ArgumentNullException.ThrowIfNull(value, name);
        if (value is ConstantSchedule constant)
        {
            Check(constant.Value, name);
        }

        return value;
    }

    /// <summary>Rejects an integer that is too small.</summary>
    /// <param name="value">The number.</param>
    /// <param name="least">The minimum.</param>
    /// <param name="name">The parameter's name; by default the property being set.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller.</exception>
    public static int CheckCount(int value, int least = 1, [CallerMemberName] string name = "") => value >= least
        ? value
        : throw new ArgumentOutOfRangeException(
            name, string.Create(CultureInfo.InvariantCulture, $"{name} must be a whole number of {least} or more, was {value}."));

    /// <summary>Rejects a number of steps that is too small.</summary>
    /// <param name="value">The number.</param>
    /// <param name="least">The minimum.</param>
    /// <param name="name">The parameter's name; by default the property being set.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller.</exception>
    public static long CheckSteps(long value, long least, [CallerMemberName] string name = "") => value >= least
        ? value
        : throw new ArgumentOutOfRangeException(
            name, string.Create(CultureInfo.InvariantCulture, $"{name} must be a whole number of {least} or more, was {value}."));

    /// <summary>Rejects an undefined enum value.</summary>
    /// <typeparam name="E">The enumeration.</typeparam>
    /// <param name="value">The number.</param>
    /// <param name="name">The parameter's name; by default the property being set.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The enumeration has no such member.</exception>
    public static E CheckDefined<E>(E value, [CallerMemberName] string name = "")
        where E : struct, Enum => Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, $"{name} must be one of {string.Join(", ", Enum.GetNames<E>())}, was {value:D}.");

    /// <summary>Rejects steps that are too small or not ascending.</summary>
    internal static ValueList<long> CheckAscending(IEnumerable<long> values, long least, bool repeats, string name)
    {
        var list = new ValueList<long>(values.Select(value => CheckSteps(value, least, name)));
        for (int i = 1; i < list.Count; i++)
        {
            if (list[i] < list[i - 1] || (list[i] == list[i - 1] && !repeats))
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"{name} must ascend, was {list[i]} after {list[i - 1]}."), name);
            }
        }

        return list;
    }

    /// <summary>A schedule's value at a step, rejected if it does not satisfy the constraint.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="step">The number of steps taken before.</param>
    /// <param name="name">The parameter's name; by default the expression given for <paramref name="schedule"/>.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The constraint does not hold.</exception>
    public double At(Schedule schedule, long step, [CallerArgumentExpression(nameof(schedule))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(schedule, name);
        double value = schedule.At(step);
        return Holds(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                name,
                string.Create(CultureInfo.InvariantCulture, $"{name} must be {Text}, was {value} at step {step} of {schedule}."));
    }

    // NaN compares as false with everything.
    private bool Holds(double value) => value >= least && value <= most;
}
