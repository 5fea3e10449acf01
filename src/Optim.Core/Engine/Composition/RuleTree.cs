using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Reflection;

namespace Optim;

/// <summary>Reads and changes hyperparameters of a rule and of all rules inside it, by path.</summary>
internal static partial class RuleTree
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
            var all = rule.AllScalars();
            int own = first;
            Func<string, double> scalar = name => scalars[own + ScalarDeclaration.Find(all, name)];
            long scheduled = rule.ScheduleClock(clock, scalar);
            foreach (var property in NumbersOf(rule))
            {
                if (property.Value(rule) is { } value)
                {
                    double number = value is Schedule schedule ? Evaluated(schedule, ref next) : Convert.ToDouble(value, CultureInfo.InvariantCulture);
                    values[prefix + property.Name] = property.Name == LearningRate ? number * rateFactor : number;
                }
            }

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
                return schedule.At(scheduled, ScheduleScalars.AtRest(scalars).From(at));
            }
        }
    }

    /// <summary>Whether a path ends at a learning rate.</summary>
    public static bool IsLearningRate(string path) => path == LearningRate || path.EndsWith("." + LearningRate, StringComparison.Ordinal);

    /// <summary>Whether a rule, or one inside it, has a learning rate.</summary>
    public static bool HasRate(Rule rule) => Find(rule, part => NumbersOf(part).Any(property => property.Name == LearningRate)) is not null;

    /// <summary>Whether a rule by itself has a learning rate, and not that of a direction (<see cref="Directions.AsDirection"/>).</summary>
    public static bool HasOtherRateThanOne(Rule part) => NumbersOf(part).Any(property => property.Name == LearningRate && property.Value(part) is not ConstantSchedule { Value: 1 });

    /// <summary>Whether a rule has a weight decay of its own.</summary>
    public static bool HasDecay(Rule part) => NumbersOf(part).Any(property => property.Name == WeightDecay);

    /// <summary>The functions among the schedules of a rule and of the rules inside it, and within schedules made of others.</summary>
    public static IEnumerable<FunctionSchedule> OwnSchedules(Rule rule) =>
        SchedulesOf(rule).SelectMany(schedule => Functions(schedule.Value)).Concat(rule.DeclareInner().SelectMany(inner => OwnSchedules(inner.Rule)));

    private static IEnumerable<FunctionSchedule> Functions(Schedule schedule) => schedule is FunctionSchedule function ? [function] : schedule.DeclareInner().SelectMany(Functions);

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

    /// <summary>Where the paths of a rule inside another begin.</summary>
    private static string Inside(Rule rule, string prefix, InnerRule inner) => rule.IsInPaths ? $"{prefix}{inner.Name}." : prefix;

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
        internal override IReadOnlyList<Schedule> DeclareInner() => [Body];

        public override double At(long step) => Body.At(step + First);
    }

    /// <summary>What a schedule is at this step. Not a constant: a momentum of 0 now is not the same as none ever, which keeps no slot.</summary>
    private sealed record CurrentValue(double Value) : Schedule
    {
        public override double At(long step) => Value;

        public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
    }
}
