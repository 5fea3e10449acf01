namespace Optim;

/// <content>The learning rate that a rule around others goes by.</content>
internal static partial class RuleTree
{
    private static readonly ConditionalWeakTable<Rule, LeadingRate> LeadingRates = [];

    /// <summary>The learning rate by which others are changed in their ratios (<see cref="Rule.Adjust(string, Schedule)"/>): the rule's own, or the first inside that is not 0. Found once for each rule.</summary>
    public static LeadingRate LeadingRateOf(Rule rule) => LeadingRates.GetValue(rule, LeadingRate.In);

    /// <summary>The learning rates of a rule and of the rules inside it, each with the way to its rule.</summary>
    private static IEnumerable<(Schedule Rate, int[] Way)> RatesOf(Rule rule, int[] way) =>
        NumbersOf(rule).Where(property => property.Name == LearningRate).Select(property => property.Value(rule)).OfType<Schedule>().Select(rate => (rate, way))
            .Concat(rule.DeclareInner().SelectMany((inner, i) => RatesOf(inner.Rule, [.. way, i])));

    /// <summary>Where in a tree of rules the leading rate is.</summary>
    internal sealed class LeadingRate
    {
        private readonly (Rule Rule, int FirstScalar, IReadOnlyList<ScalarDeclaration> Scalars)[] around;

        private LeadingRate(Schedule? schedule, (Rule Rule, int FirstScalar, IReadOnlyList<ScalarDeclaration> Scalars)[] around)
        {
            Schedule = schedule;
            this.around = around;
        }

        /// <summary>The rate; null where there is none.</summary>
        public Schedule? Schedule { get; }

        public static LeadingRate In(Rule rule)
        {
            var all = RatesOf(rule, []).ToList();
            if (all.Count == 0)
            {
                return new(null, []);
            }

            var (schedule, way) = all[LeadingOf([.. all.Select(each => each.Rate)], hasOwn: all[0].Way.Length == 0)];
            var around = new (Rule Rule, int FirstScalar, IReadOnlyList<ScalarDeclaration> Scalars)[way.Length];
            int first = 0;
            for (int i = 0; i < way.Length; i++)
            {
                around[i] = (rule, first, rule.AllScalars());
                var inner = rule.DeclareInner();
                first += inner.Take(way[i]).Sum(before => before.Rule.AllScalars().Count);
                rule = inner[way[i]].Rule;
            }

            return new(schedule, around);
        }

        /// <summary>The rate in force, by the clock of the rule that has it and times what the rules around it multiply rates by; 1 where there is none.</summary>
        /// <param name="clock">The steps that the outermost rule has taken.</param>
        /// <param name="scalar">A scalar by its place among those of the outermost rule.</param>
        public double At(long clock, Func<int, double> scalar)
        {
            double factor = 1;
            foreach (var (rule, first, scalars) in around)
            {
                double Named(string name) => scalar(first + ScalarDeclaration.Find(scalars, name));
                factor *= rule.InnerRateFactor(Named);
                clock = rule.InnerClock(clock, Named);
            }

            return Schedule is null ? 1 : Schedule.At(clock) * factor;
        }
    }
}
