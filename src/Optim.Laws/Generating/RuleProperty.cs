using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;

namespace Optim.Laws;

/// <summary>One hyperparameter of a rule, a property or one that a function has by name, with the range that is accepted.</summary>
internal sealed class RuleProperty
{
    private static readonly double[] Probes = [-1, 0, 0.5, 1, 1.5];

    private static readonly ConcurrentDictionary<(Type, string), bool[]> Accepted = new();

    private readonly PropertyInfo? property;
    private readonly Type type;

    private RuleProperty(string name, Type type, PropertyInfo? property) => (Name, this.type, this.property) = (name, type, property);

    public string Name { get; }

    public bool IsSchedule => type == typeof(Schedule);

    public bool IsFlag => type == typeof(bool);

    public bool IsNumber => type == typeof(double);

    /// <summary>An integer.</summary>
    public bool IsCount => type == typeof(int) || type == typeof(long);

    /// <summary>An enum.</summary>
    public bool IsChoice => type.IsEnum;

    public bool IsRule => type == typeof(Rule);

    /// <summary>Whether it makes the rule reject inputs.</summary>
    public bool Refuses => Name.StartsWith("ErrorIf", StringComparison.Ordinal) || Name is "MaxSkips" or "MaxRollbacks";

    /// <summary>Which tensors.</summary>
    public bool IsSelector => type == typeof(TensorSelector);

    /// <summary>A list of numbers.</summary>
    public bool IsList => type == typeof(IReadOnlyList<double>);

    /// <summary>A list of three numbers for each iteration of a polynomial.</summary>
    private bool IsOfThrees => Name == "Coefficients";

    /// <summary>A list with a number for each parameter of a layout that is not known here.</summary>
    private bool IsByElement => IsList && Name is ("Normal" or "Direction" or "Lower" or "Upper" or "L1");

    /// <summary>A line search of any kind.</summary>
    private bool IsSearch => type == typeof(LineSearch);

    /// <summary>A line search that only goes back.</summary>
    private bool IsBacktracking => type == typeof(Backtracking);

    /// <summary>Whether values can be drawn for it.</summary>
    public bool CanVary => IsSchedule || IsFlag || IsNumber || IsCount || IsChoice || IsRule || IsSelector || IsSearch || IsBacktracking || (IsList && !IsByElement);

    public static IReadOnlyList<RuleProperty> Of(Rule rule) =>
        [.. rule.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).OrderBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => new RuleProperty(p.Name, p.PropertyType, p)),
            .. rule is FunctionRule function ? function.Hyperparameters.Select(h => new RuleProperty(h.Name, typeof(Schedule), null)) : []];

    /// <summary>The rule with another value.</summary>
    public Rule With(Rule rule, object value)
    {
        if (property is null)
        {
            return rule.Adjust("." + Name, (Schedule)value);
        }

        if (rule.GetType().GetMethod("With" + Name, [type]) is { } with)
        {
            return (Rule)with.Invoke(rule, BindingFlags.DoNotWrapExceptions, null, [value], CultureInfo.InvariantCulture)!;
        }

        var copy = rule with { };
        property.SetValue(copy, value, BindingFlags.DoNotWrapExceptions, null, null, CultureInfo.InvariantCulture);
        return copy;
    }

    public Rule WithNumber(Rule rule, double value) =>
        With(rule, IsSchedule ? Schedule.Constant(value) : IsCount ? Convert.ChangeType(value, type, CultureInfo.InvariantCulture) : value);

    /// <summary>A value other than the rule's.</summary>
    public object Another(Rule rule)
    {
        object own = Value(rule);
        return IsFlag ? !(bool)own
            : IsSchedule ? Schedule.Table([0.5, 0.25])
            : IsCount ? Convert.ChangeType(Convert.ToInt64(own, CultureInfo.InvariantCulture) + 1, type, CultureInfo.InvariantCulture)
            : IsChoice ? Enum.GetValues(type).Cast<object>().First(choice => !choice.Equals(own))
            : IsRule ? new Sgd { LearningRate = 0.125 }
            : IsSelector ? TensorSelector.Named("t1").OrNone()
            : IsSearch || IsBacktracking ? new Backtracking { Shrink = 0.25 }
            : IsList ? IsOfThrees ? [0.25, 0.5, 0.125] : new[] { 0.25, 0.5 }
            : type == typeof(IReadOnlyList<string>) ? new[] { "t1", "t2" }
            : type == typeof(IReadOnlyList<long>) ? new long[] { 3, 5 }
            : !Accepts(rule, 0.5) ? 3.0
            : own is 0.5 ? 0.25 : 0.5;
    }

    /// <summary>Whether it has a value; optional ones may not.</summary>
    public bool IsSet(Rule rule) => ValueOf(rule) is not null;

    public object Value(Rule rule) => ValueOf(rule)!;

    private object? ValueOf(Rule rule) => property is null ? ((FunctionRule)rule).Hyperparameters.First(h => h.Name == Name).Value : property.GetValue(rule);

    public bool Accepts(Rule rule, double value)
    {
        try
        {
            WithNumber(rule, value);
            return true;
        }
        catch (ArgumentOutOfRangeException)
        {
            return false;
        }
    }

    /// <summary>Any value in range, with boundaries more often than by chance.</summary>
    public object Any(Draw draw, Rule rule) =>
        IsFlag ? draw.Coin()
        : IsSchedule ? draw.Coin() ? Schedule.Constant(Number(draw, rule)) : AnySchedule.Of(draw, () => Number(draw, rule))
        : IsCount ? Convert.ChangeType(draw.Integer(Accepts(rule, 0) ? 0 : 1, 4), type, CultureInfo.InvariantCulture)
        : IsChoice ? draw.Of(Enum.GetValues(type).Cast<object>().Where(choice => choice is not NonFinitePolicy.Throw).ToArray())
        : IsRule ? AnyRule.Inner(draw)
        : IsSelector ? AnyRule.Tensors(draw)
        : IsBacktracking ? new Backtracking { Shrink = draw.Of(0.5, 0.1), MaxTrials = draw.Integer(1, 30) }
        : IsSearch ? draw.Of<LineSearch>(new StrongWolfe { Curvature = draw.Of(0.1, 0.9) }, new MoreThuente(), new HagerZhang(), new Backtracking(), new StrongWolfe { MaxTrials = draw.Integer(0, 3) })
        : IsList ? draw.Numbers(IsOfThrees ? 3 * draw.Integer(1, 3) : draw.Integer(1, 4), draw.Fraction)
        : Number(draw, rule);

    private double Number(Draw draw, Rule rule)
    {
        // What is refused tells the constraint: 1 for [0, 1), 0 for positive, -1 for not negative, 0.5 for 1 or more, 1.5 as well for a whole number.
        return Accepted.GetOrAdd((rule.GetType(), property is null ? $"{((FunctionRule)rule).Name}.{Name}" : Name), _ => [.. Probes.Select(x => Accepts(rule, x))]) switch
        {
            [true, ..] => draw.Plain(),
            [_, true, true, true, false] => draw.Of(0, 1, 0.5, draw.Fraction()),
            [_, false, true, true, false] => draw.Of(1, 0.5, 1 - draw.Fraction()),
            [_, true, true, false, _] => draw.Of(0, 0.5, 0.9, draw.Fraction(), 1 - (draw.Fraction() * 1e-3)),
            [_, false, true, true, _] => draw.Of(1, draw.Fraction() + 1e-6, 10 * draw.Fraction() + 1e-6, 1e-6, 1e6),
            [_, _, false, true, true] => draw.Of(1, 1 + (0.1 * draw.Fraction()), 2, 1e6),
            [_, _, _, true, false] => draw.Of(1, 2, 3, double.PositiveInfinity),
            _ => draw.Of(0, draw.Fraction(), draw.Fraction() * 1e-3, draw.Fraction() * 1e-8, 1),
        };
    }
}
