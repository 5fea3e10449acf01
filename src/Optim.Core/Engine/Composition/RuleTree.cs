using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Reflection;

namespace Optim;

/// <summary>Reads and changes hyperparameters of a rule and of all rules inside it, by path.</summary>
internal static class RuleTree
{
    public const string LearningRate = "LearningRate";

    public const string WeightDecay = "WeightDecay";

    private static readonly ConcurrentDictionary<Type, RuleNumber[]> Properties = [];

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
                resolved = property.With(resolved, new CurrentValue(schedule.At(clock, scalars.From(next))));
                next += count;
            }
        }

        return resolved;
    }

    /// <summary>The rule with its schedules so many steps further: for a rule that counts its steps from a later one than its schedules do.</summary>
    /// <param name="rule">The rule, without those inside it.</param>
    /// <param name="clock">The step at which its schedules are, where those that keep numbers are evaluated.</param>
    /// <param name="offset">How much less the rule's own clock is.</param>
    /// <param name="scalars">Its scalars; null where no schedule has any.</param>
    public static Rule Shifted(Rule rule, long clock, long offset, ScheduleScalars? scalars)
    {
        var shifted = rule;
        int next = rule.DeclareScalars().Count;
        foreach (var (property, schedule) in SchedulesOf(rule))
        {
            int count = schedule.DeclareScalars().Count;
            if (count > 0)
            {
                shifted = property.With(shifted, new CurrentValue(schedule.At(clock, scalars?.From(next))));
                next += count;
            }
            else if (schedule is not ConstantSchedule)
            {
                shifted = property.With(shifted, new FromStep(schedule, offset));
            }
        }

        return shifted;
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
                if (property.Value(rule) is { } value)
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
                Visit(inner.Rule, inside, first, Inside(rule, prefix, inner), rateFactor);
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

    /// <summary>The rule with another value of the hyperparameter of a path or, where there is none, of all whose paths end so; of a rate or a decay by its name alone, all of them, in their ratios.</summary>
    /// <exception cref="ArgumentException">There is none of that path, or it cannot have that value.</exception>
    public static Rule Adjusted(Rule rule, string path, Schedule value)
    {
        var paths = Paths(rule);
        if (path is LearningRate or WeightDecay && paths.Any(full => full == path || full.EndsWith("." + path, StringComparison.Ordinal)))
        {
            return InRatio(rule, path, value);
        }

        // A dot in front: that one alone, where a name means more than one.
        string exact = path.StartsWith('.') ? path[1..] : path;
        var chosen = paths.Contains(exact) ? [exact] : paths.Where(full => full.EndsWith("." + path, StringComparison.Ordinal)).ToHashSet();
        return chosen.Count > 0
            ? Map(rule, (full, property, own) => chosen.Contains(full) ? Converted(property, value, full) : own)
            : throw new ArgumentException($"{nameof(path)} must end as one of {string.Join(", ", paths)}, was '{path}'.", nameof(path));
    }

    /// <summary>The rule with every learning rate in it times a factor.</summary>
    public static Rule AtScaledRates(Rule rule, double factor) => Map(
        Each(rule, part => part.WithReferencesFixed()), (_, property, own) => property.Name == LearningRate && own is Schedule rate ? rate.Scale(factor) : own);

    /// <summary>The rule with all hyperparameters of a name changed: the rule's own, or the first that is not 0, to the value; the others so that their ratios to it stay.</summary>
    private static Rule InRatio(Rule rule, string name, Schedule value)
    {
        var all = new List<(string Path, Schedule Own)>();
        Map(rule, (path, property, own) =>
        {
            if (property.Name == name)
            {
                all.Add((path, own as Schedule ?? Convert.ToDouble(own, CultureInfo.InvariantCulture)));
            }

            return own;
        });

        var leading = all[0].Path == name || all.TrueForAll(each => IsZero(each.Own)) ? all[0] : all.First(each => !IsZero(each.Own));
        return Map(rule, (path, property, own) => all.Find(each => each.Path == path) is { Path: not null } each ? Converted(property, Beside(each), path) : own);

        Schedule Beside((string Path, Schedule Own) each) => each.Path == leading.Path || each.Own.Equals(leading.Own) ? value
            : IsZero(each.Own) ? each.Own
            : Ratio(each.Own, leading.Own) is not { } ratio ? throw new ArgumentException(
                $"The ratio of {each.Path}, {each.Own}, to {leading.Path}, {leading.Own}, must be a number for {name} to change both; change each by its path, .{leading.Path} and .{each.Path}.", nameof(value))
            : value is ConstantSchedule { Value: var number } ? number * ratio : value.Scale(ratio);

        static bool IsZero(Schedule schedule) => schedule is ConstantSchedule { Value: 0 };
    }

    /// <summary>What one schedule is, as a multiple of another; null where that is not a number that can be read off them.</summary>
    private static double? Ratio(Schedule schedule, Schedule other)
    {
        var ((body, factor), (otherBody, otherFactor)) = (Parts(schedule), Parts(other));
        return otherFactor != 0 && Equals(body, otherBody) ? factor / otherFactor : null;

        static (Schedule? Body, double Factor) Parts(Schedule schedule) => schedule switch
        {
            ConstantSchedule constant => (null, constant.Value),
            ProductSchedule { Right: ConstantSchedule { Value: var right } } product when Parts(product.Left) is var (body, factor) => (body, factor * right),
            ProductSchedule { Left: ConstantSchedule { Value: var left } } product when Parts(product.Right) is var (body, factor) => (body, factor * left),
            _ => (schedule, 1),
        };
    }

    /// <summary>The rule with each rule in it changed, from the outside in.</summary>
    private static Rule Each(Rule rule, Func<Rule, Rule> change)
    {
        var changed = change(rule);
        var inner = changed.DeclareInner();
        return inner.Count == 0 ? changed : changed.ReplaceInner([.. inner.Select(i => Each(i.Rule, change))]);
    }

    /// <summary>Whether a rule, or one inside it, has a learning rate.</summary>
    public static bool HasRate(Rule rule) => Find(rule, part => NumbersOf(part).Any(property => property.Name == LearningRate)) is not null;

    /// <summary>The learning rate by which others are changed in their ratios: the rule's own, or the first inside that is not 0; null where there is none.</summary>
    public static Schedule? LeadingRate(Rule rule)
    {
        var own = RatesOf(rule).FirstOrDefault();
        return own is not null && NumbersOf(rule).Any(property => property.Name == LearningRate) ? own
            : RatesOf(rule).FirstOrDefault(rate => rate is not ConstantSchedule { Value: 0 }) ?? own;

        static IEnumerable<Schedule> RatesOf(Rule part) =>
            NumbersOf(part).Where(property => property.Name == LearningRate).Select(property => property.Value(part)).OfType<Schedule>()
                .Concat(part.DeclareInner().SelectMany(inner => RatesOf(inner.Rule)));
    }

    /// <summary>Whether a rule has a weight decay of its own.</summary>
    public static bool HasDecay(Rule part) => NumbersOf(part).Any(property => property.Name == WeightDecay);

    /// <summary>The rule with every weight decay in it 0.</summary>
    public static Rule WithoutDecay(Rule rule) => Map(rule, (path, property, own) => property.Name == WeightDecay ? Converted(property, 0, path) : own);

    /// <summary>The functions among the schedules of a rule and of the rules inside it, and within schedules made of others.</summary>
    public static IEnumerable<FunctionSchedule> OwnSchedules(Rule rule) =>
        SchedulesOf(rule).SelectMany(schedule => Functions(schedule.Value)).Concat(rule.DeclareInner().SelectMany(inner => OwnSchedules(inner.Rule)));

    private static IEnumerable<FunctionSchedule> Functions(Schedule schedule) => schedule switch
    {
        FunctionSchedule function => [function],
        ProductSchedule product => Functions(product.Left).Concat(Functions(product.Right)),
        SumSchedule sum => Functions(sum.Left).Concat(Functions(sum.Right)),
        JoinSchedule join => join.Parts.SelectMany(Functions),
        ClampSchedule clamp => Functions(clamp.Body),
        ShiftSchedule shift => Functions(shift.Body),
        WarmupSchedule warmup => Functions(warmup.Body),
        _ => [],
    };

    /// <summary>The first of a rule and the rules inside it of which something is true; null where there is none.</summary>
    public static Rule? Find(Rule rule, Func<Rule, bool> which) =>
        which(rule) ? rule : rule.DeclareInner().Select(inner => Find(inner.Rule, which)).FirstOrDefault(found => found is not null);

    /// <summary>What two rules of one type hold, as text, without the rules inside them.</summary>
    public static IEnumerable<(string Name, string Own, string Other)> Members(Rule rule, Rule other) =>
        (from property in rule.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
         where property.CanWrite && property.GetIndexParameters().Length == 0 && property.PropertyType != typeof(Rule)
         select (property.Name, Text(property.GetValue(rule)), Text(property.GetValue(other))))
        .Concat(rule.NamedNumbers.Select(number => number.Name).Union(other.NamedNumbers.Select(number => number.Name)).Select(name => (name, Named(rule, name), Named(other, name))));

    private static string Named(Rule rule, string name) => rule.NamedNumbers.FirstOrDefault(number => number.Name == name) is { } found ? Text(found.Value(rule)) : "none";

    private static string Text(object? value) => value is IEnumerable<double> numbers && value is not string
        ? $"[{string.Join(", ", numbers.Select(Text))}]"
        : value is ConstantSchedule { Value: var number } ? number.ToString(CultureInfo.InvariantCulture)
        : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static Rule Map(Rule rule, Func<string, RuleNumber, object, object> change)
    {
        return Visit(rule, "");

        Rule Visit(Rule part, string prefix)
        {
            var changed = part;
            foreach (var property in NumbersOf(part))
            {
                if (property.Value(part) is { } own && change(prefix + property.Name, property, own) is var other && !other.Equals(own))
                {
                    changed = property.With(changed, other);
                }
            }

            var inner = part.DeclareInner();
            return inner.Count == 0 ? changed : changed.ReplaceInner([.. inner.Select(i => Visit(i.Rule, Inside(part, prefix, i)))]);
        }
    }

    /// <summary>Where the paths of a rule inside another begin.</summary>
    private static string Inside(Rule rule, string prefix, InnerRule inner) => rule.IsInPaths ? $"{prefix}{inner.Name}." : prefix;

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

    private static object Converted(RuleNumber property, Schedule value, string path)
    {
        var type = Nullable.GetUnderlyingType(property.Type) ?? property.Type;
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

    private static IEnumerable<(RuleNumber Property, Schedule Value)> SchedulesOf(Rule rule) =>
        from property in NumbersOf(rule)
        let schedule = property.Type == typeof(Schedule) ? (Schedule?)property.Value(rule) : null
        where schedule is not null
        select (property, schedule);

    /// <summary>The numbers and schedules among a rule's properties, then those that it has by name.</summary>
    public static IReadOnlyList<RuleNumber> NumbersOf(Rule rule)
    {
        if (!Properties.TryGetValue(rule.GetType(), out var properties))
        {
            properties = Properties[rule.GetType()] = [.. rule.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsNumber).Select(RuleNumber.Of)];
        }

        return rule.NamedNumbers is { Count: > 0 } named ? [.. properties, .. named] : properties;
    }

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

    /// <summary>A schedule from one of its steps on.</summary>
    private sealed record FromStep(Schedule Body, long First) : Schedule
    {
        public override double At(long step) => Body.At(step + First);
    }

    /// <summary>What a schedule is at this step. Not a constant: a momentum of 0 now is not the same as none ever, which keeps no slot.</summary>
    private sealed record CurrentValue(double Value) : Schedule
    {
        public override double At(long step) => Value;

        public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
    }
}
