using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Optim;

/// <summary>Reads and changes hyperparameters of a rule and of all rules inside it, by path.</summary>
internal static class RuleTree
{
    private const string LearningRate = "LearningRate", WeightDecay = "WeightDecay";

    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = [];

    private static readonly ConditionalWeakTable<Rule, ReadOnlyCollection<ScalarDeclaration>> Scalars = [];

    /// <summary>What a rule keeps and what its schedules keep, asked for at every step.</summary>
    public static ReadOnlyCollection<ScalarDeclaration> AllScalars(Rule rule) =>
        Scalars.GetValue(rule, rule => Array.AsReadOnly<ScalarDeclaration>([.. rule.DeclareScalars(), .. OfSchedules(rule)]));

    /// <summary>In the order of the properties.</summary>
    private static IEnumerable<ScalarDeclaration> OfSchedules(Rule rule) =>
        from schedule in SchedulesOf(rule)
        from scalar in schedule.Value.DeclareScalars()
        select scalar with { Name = $"{schedule.Property.Name}.{scalar.Name}", IsOfSchedule = true };

    /// <summary>The rule with the schedules that keep numbers replaced by their values at a step. The numbers after the step are written.</summary>
    /// <param name="rule">The rule, without those inside it.</param>
    /// <param name="clock">The steps it has taken.</param>
    /// <param name="scalars">Its scalars, those of the rules inside first.</param>
    public static Rule Resolved(Rule rule, long clock, ScheduleScalars scalars)
    {
        var resolved = rule;
        int next = rule.DeclareScalars().Count;
        foreach (var (property, schedule) in SchedulesOf(rule))
        {
            int count = schedule.DeclareScalars().Count;
            if (count > 0)
            {
                // Not a number: a momentum of the number 0 keeps no buffer, one that a schedule brings to 0 does.
                resolved = With(resolved, property, Schedule.Table([schedule.At(clock, scalars.From(next))]));
                next += count;
            }
        }

        return resolved;
    }

    /// <summary>Every number in force at a step, by path.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="clock">The steps it has taken.</param>
    /// <param name="scalars">All scalars of the state.</param>
    public static IReadOnlyDictionary<string, double> Values(Rule rule, long clock, double[] scalars)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        Visit(rule, clock, 0, "");
        return values;

        void Visit(Rule rule, long clock, int first, string prefix)
        {
            int next = first + rule.DeclareScalars().Count;
            foreach (var property in NumbersOf(rule))
            {
                if (property.GetValue(rule) is { } value)
                {
                    values[prefix + property.Name] = value is Schedule schedule ? Evaluated(schedule, ref next) : Convert.ToDouble(value, CultureInfo.InvariantCulture);
                }
            }

            var all = rule.AllScalars();
            long inside = rule.InnerClock(clock, name => scalars[first + ScalarDeclaration.Find(all, name)]);
            foreach (var inner in rule.DeclareInner())
            {
                Visit(inner.Rule, inside, first, $"{prefix}{inner.Name}.");
                first += inner.Rule.AllScalars().Count;
            }

            double Evaluated(Schedule schedule, ref int next)
            {
                int at = next;
                next += schedule.DeclareScalars().Count;
                return schedule.At(clock, ScheduleScalars.AtRest(scalars).From(at));
            }
        }
    }

    /// <summary>The rule with another value of a hyperparameter, or of all whose paths end so.</summary>
    /// <exception cref="ArgumentException">There is none of that path, or it cannot have that value.</exception>
    public static Rule Adjusted(Rule rule, string path, Schedule value)
    {
        bool found = false;
        var adjusted = Map(rule, (full, property, own) =>
        {
            if (full != path && !full.EndsWith("." + path, StringComparison.Ordinal))
            {
                return own;
            }

            found = true;
            return Converted(property, value, full);
        });
        return found
            ? adjusted
            : throw new ArgumentException($"{nameof(path)} must end as one of {string.Join(", ", Paths(rule))}, was '{path}'.", nameof(path));
    }

    /// <summary>The rule with every learning rate in it times a factor.</summary>
    public static Rule AtScaledRates(Rule rule, double factor) => Map(
        rule, (_, property, own) => property.Name == LearningRate && own is Schedule rate ? rate.Scale(factor) : own);

    /// <summary>The rule with every part that decays weights split in two: one for some tensors, which does not, and one for the others.</summary>
    /// <exception cref="ArgumentException">No part of it has a weight decay.</exception>
    public static Rule WithoutDecayOn(Rule rule, TensorSelector tensors)
    {
        bool found = false;
        var split = Split(rule);
        return found ? split : throw new ArgumentException($"The rule must have a {WeightDecay}, was {rule}.", nameof(rule));

        Rule Split(Rule part)
        {
            if (Array.Find(NumbersOf(part), property => property.Name == WeightDecay) is { } decay)
            {
                found = true;
                return new Partition(
                    new ParameterGroup(tensors, With(part, decay, Converted(decay, 0, WeightDecay))), new ParameterGroup(TensorSelector.All, part));
            }

            var inner = part.DeclareInner();
            return inner.Count == 0 ? part : part.ReplaceInner([.. inner.Select(i => Split(i.Rule))]);
        }
    }

    private static Rule Map(Rule rule, Func<string, PropertyInfo, object, object> change)
    {
        return Visit(rule, "");

        Rule Visit(Rule part, string prefix)
        {
            var changed = part;
            foreach (var property in NumbersOf(part))
            {
                if (property.GetValue(part) is { } own && change(prefix + property.Name, property, own) is var other && !other.Equals(own))
                {
                    changed = With(changed, property, other);
                }
            }

            var inner = part.DeclareInner();
            return inner.Count == 0 ? changed : changed.ReplaceInner([.. inner.Select(i => Visit(i.Rule, $"{prefix}{i.Name}."))]);
        }
    }

    private static List<string> Paths(Rule rule)
    {
        var paths = new List<string>();
        Map(rule, (path, _, own) =>
        {
            paths.Add(path);
            return own;
        });
        return paths;
    }

    private static object Converted(PropertyInfo property, Schedule value, string path)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(Schedule))
        {
            return value;
        }

        if (value is not ConstantSchedule { Value: var number })
        {
            throw new ArgumentException($"{path} must be a number, not a schedule, was {value}.", nameof(value));
        }

        return type == typeof(double) ? number
            : number != Math.Floor(number) || Math.Abs(number) > int.MaxValue
                ? throw new ArgumentException($"{path} must be a whole number, was {value}.", nameof(value))
            : type == typeof(int) ? (int)number
            : (long)number;
    }

    private static IEnumerable<(PropertyInfo Property, Schedule Value)> SchedulesOf(Rule rule) =>
        from property in NumbersOf(rule)
        let schedule = property.PropertyType == typeof(Schedule) ? (Schedule?)property.GetValue(rule) : null
        where schedule is not null
        select (property, schedule);

    private static PropertyInfo[] NumbersOf(Rule rule) => Properties.TryGetValue(rule.GetType(), out var known)
        ? known
        : Properties[rule.GetType()] = [.. rule.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsNumber)];

    private static bool IsNumber(PropertyInfo property) =>
        property.CanWrite && property.GetIndexParameters().Length == 0
        && (property.PropertyType == typeof(Schedule)
            || (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is var type
                && (type == typeof(double) || type == typeof(int) || type == typeof(long)));

    private static Rule With(Rule rule, PropertyInfo property, object value)
    {
        var copy = rule.Copy();
        property.SetValue(copy, value, BindingFlags.DoNotWrapExceptions, null, null, null);
        return copy;
    }
}
