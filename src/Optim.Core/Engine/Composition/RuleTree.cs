using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Reflection;

namespace Optim;

/// <summary>Reads and changes hyperparameters of a rule and of all rules inside it, by path.</summary>
internal static class RuleTree
{
    private const string LearningRate = "LearningRate", WeightDecay = "WeightDecay";

    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = [];

    private static readonly ConditionalWeakTable<Rule, ReadOnlyCollection<ScalarDeclaration>> Scalars = [];

    /// <summary>More slots than any state has: where counting ends.</summary>
    private const long MostSlots = int.MaxValue;

    private static readonly ConditionalWeakTable<Rule, StrongBox<int>> SlotCounts = [];

    /// <summary>What a rule keeps and what its schedules keep, asked for at every step.</summary>
    public static ReadOnlyCollection<ScalarDeclaration> AllScalars(Rule rule) =>
        Scalars.GetValue(rule, rule => Array.AsReadOnly<ScalarDeclaration>([.. rule.DeclareScalars(), .. OfSchedules(rule)]));

    /// <summary>How many slots a rule keeps, asked for at every step at which it rests; counted once.</summary>
    public static int SlotCount(Rule rule) => SlotCounts.GetValue(rule, rule => new((int)Math.Min(rule.CountSlots(), MostSlots))).Value;

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
                resolved = With(resolved, property, new CurrentValue(schedule.At(clock, scalars.From(next))));
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
        Visit(rule, clock, 0, "", 1);
        return values;

        void Visit(Rule rule, long clock, int first, string prefix, double rateFactor)
        {
            int next = first + rule.DeclareScalars().Count;
            foreach (var property in NumbersOf(rule))
            {
                if (property.GetValue(rule) is { } value)
                {
                    double number = value is Schedule schedule ? Evaluated(schedule, ref next) : Convert.ToDouble(value, CultureInfo.InvariantCulture);
                    values[prefix + property.Name] = property.Name == LearningRate ? number * rateFactor : number;
                }
            }

            var all = rule.AllScalars();
            int own = first;
            Func<string, double> scalar = name => scalars[own + ScalarDeclaration.Find(all, name)];
            long inside = rule.InnerClock(clock, scalar);
            rateFactor *= rule.InnerRateFactor(scalar);
            foreach (var inner in rule.DeclareInner())
            {
                Visit(inner.Rule, inside, first, $"{prefix}{inner.Name}.", rateFactor);
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

    /// <summary>Whether a path ends at a learning rate.</summary>
    public static bool IsLearningRate(string path) => path == LearningRate || path.EndsWith("." + LearningRate, StringComparison.Ordinal);

    /// <summary>The rule with another value of the hyperparameter of a path or, where there is none, of all whose paths end so.</summary>
    /// <exception cref="ArgumentException">There is none of that path, or it cannot have that value.</exception>
    public static Rule Adjusted(Rule rule, string path, Schedule value)
    {
        var paths = Paths(rule);
        var chosen = paths.Contains(path) ? [path] : paths.Where(full => full.EndsWith("." + path, StringComparison.Ordinal)).ToHashSet();
        return chosen.Count > 0
            ? Map(rule, (full, property, own) => chosen.Contains(full) ? Converted(property, value, full) : own)
            : throw new ArgumentException($"{nameof(path)} must end as one of {string.Join(", ", paths)}, was '{path}'.", nameof(path));
    }

    /// <summary>The rule with every learning rate in it times a factor.</summary>
    public static Rule AtScaledRates(Rule rule, double factor) => Map(
        rule, (_, property, own) => property.Name == LearningRate && own is Schedule rate ? rate.Scale(factor) : own);

    /// <summary>One part of a rule with a weight decay of 0; null where it has no weight decay.</summary>
    public static Rule? WithoutDecay(Rule part) => Array.Find(NumbersOf(part), property => property.Name == WeightDecay) is { } decay
        ? With(part, decay, Converted(decay, 0, WeightDecay))
        : null;

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

        return type == typeof(double) ? (object)number
            : number != Math.Floor(number) || Math.Abs(number) > int.MaxValue
                ? throw new ArgumentException($"{path} must be a whole number, was {value}.", nameof(value))
            : type == typeof(int) ? (object)(int)number
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

    /// <summary>The rule with another value of a property.</summary>
    public static Rule With(Rule rule, PropertyInfo property, object? value)
    {
        var copy = rule.Copy();
        property.SetValue(copy, value, BindingFlags.DoNotWrapExceptions, null, null, null);
        return copy;
    }

    /// <summary>What a schedule is at this step. Not a constant: a momentum of 0 now is not the same as none ever, which keeps no slot.</summary>
    private sealed record CurrentValue(double Value) : Schedule
    {
        public override double At(long step) => Value;

        public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
    }
}
