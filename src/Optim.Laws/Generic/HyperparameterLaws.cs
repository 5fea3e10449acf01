using System.Numerics;

namespace Optim.Laws;

/// <summary>A law about the schedules among a rule's hyperparameters.</summary>
internal abstract class ScheduleLaw(int number, string statement) : RuleLaw(number, statement)
{
    public override int CasesPerHundred => 50;

    public sealed override string? WhyNotFor(Subject subject) =>
        Schedules(subject.Rule).Any() ? null : "it has no hyperparameter of type Schedule (a property with a setter)";

    /// <summary>Those that are set.</summary>
    protected static IEnumerable<RuleProperty> Schedules(Rule rule) => RuleProperty.Of(rule).Where(h => h.IsSchedule && h.IsSet(rule));

    /// <summary>The rule with another value of one, or null if the result is invalid or has other slots.</summary>
    protected static Rule? Changed(Rule rule, Rule changed) =>
        AnyRule.IsValid(changed) && changed.DeclareSlots().Select(slot => slot.Name).SequenceEqual(rule.DeclareSlots().Select(slot => slot.Name))
            && changed.AllScalars().SequenceEqual(rule.AllScalars())
            ? changed
            : null;
}

internal sealed class ChangeLaw() : ScheduleLaw(13, "Changing a hyperparameter in a state is constructing with it.")
{
    public override void Check<T>(Scenario s)
    {
        foreach (var hyperparameter in Schedules(s.Rule).Where(h => h.Name != "Momentum"))
        {
            double value = hyperparameter.Accepts(s.Rule, 0.125) ? 0.125 : 1.125;
            if (!hyperparameter.Accepts(s.Rule, value) || Changed(s.Rule, hyperparameter.WithNumber(s.Rule, value)) is not { } changed)
            {
                continue;
            }

            string what = $"where {hyperparameter.Name} changes";
            var before = s.Run<T>();
            var restored = Optimizer.Restore(changed, before.StepCount, before.Parameters, before.Slots, before.Scalars);
            Same.Value(restored, before.WithRule(changed), "the state " + what);
            Same.Value(Optimizer.Init(changed, s.StartOf<T>()), s.Begin<T>().WithRule(changed), "the first state " + what);
            var fresh = Optimizer.Restore(hyperparameter.WithNumber(s.Rule with { }, value), before.StepCount, before.Parameters, before.Slots, before.Scalars);
            Same.Bits(s.Fold(restored, s.GradientsOf<T>()), s.Fold(before.WithRule(changed), s.GradientsOf<T>()), what);
            Same.Bits(s.Fold(fresh, s.GradientsOf<T>()), s.Fold(restored, s.GradientsOf<T>()), what);
        }
    }
}

internal sealed class ConstantLaw() : ScheduleLaw(14, "A schedule that never changes is its number.")
{
    public override void Check<T>(Scenario s)
    {
        foreach (var hyperparameter in Schedules(s.Rule))
        {
            double number = ((Schedule)hyperparameter.Value(s.Rule)).At(0);
            Rule plain = hyperparameter.WithNumber(s.Rule, number), table = hyperparameter.With(s.Rule, Schedule.Table([number]));
            var own = hyperparameter.With(s.Rule, new Always(number));
            Same.Value(plain, hyperparameter.With(s.Rule, Schedule.Constant(number)), $"{hyperparameter.Name} set to a constant");

            // A momentum of the number 0 keeps no buffer and takes no dampening; one that a schedule brings to 0 does.
            if (AnyRule.IsValid(plain) && AnyRule.IsValid(table) && (hyperparameter.Name, number) != ("Momentum", 0))
            {
                string what = "parameters with a schedule for " + hyperparameter.Name;
                Same.Bits(s.Run<T>(plain).Parameters, s.Run<T>(table).Parameters, what);

                // A rule may refuse a schedule of which it would have to know more than its values.
                if (AnyRule.IsValid(own))
                {
                    Same.Bits(s.Run<T>(plain).Parameters, s.Run<T>(own).Parameters, what);
                }
            }
        }
    }

    private sealed record Always(double Number) : Schedule
    {
        public override double At(long step) => Number;
    }
}
