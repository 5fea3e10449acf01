using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 4, 5, 6, 8, 15 and 49 for the rules that evaluate the objective themselves.</summary>
public class ClosureLawTests(ITestOutputHelper output)
{
    private const int Steps = 6;

    [Theory]
    [MemberData(nameof(RuleNames.WithObjective), MemberType = typeof(RuleNames))]
    public void Step_changes_nothing_and_repeats_itself(string rule) => ForBoth(rule, new Purity());

    [Theory]
    [MemberData(nameof(RuleNames.WithObjective), MemberType = typeof(RuleNames))]
    public void Donated_is_pure(string rule) => ForBoth(rule, new Donation());

    [Theory]
    [MemberData(nameof(RuleNames.WithObjective), MemberType = typeof(RuleNames))]
    public void A_run_may_be_cut_anywhere_and_resumed_from_its_parts(string rule) => ForBoth(rule, new Cut());

    [Theory]
    [MemberData(nameof(RuleNames.WithObjective), MemberType = typeof(RuleNames))]
    public void The_number_of_threads_does_not_show(string rule)
    {
        Check<float>(rule);
        Check<double>(rule);

        static void Check<T>(string rule)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var layout = Layout.Of(new TensorShape("a", 170_001), new TensorShape("none", 0), new TensorShape("b", 3, 40_000));
            var draw = new Draw(1, 100);
            var start = TensorSet.Generate(layout, _ => T.CreateTruncating(draw.Plain() / 10));
            var states = new[] { 1, 2, 3 }.Select(threads => Optimizer.Init(RuleRegistry.Find(rule)!.Create(), start).WithMaxThreads(threads)).ToArray();
            for (int step = 0; step < 3; step++)
            {
                states = [.. states.Select(state => Optimizer.StepOn(step == 1 ? state.Donate() : state, Bowl.Objective).Item1)];
                Assert.All(states[1..], state => Same.Bits(states[0], state));
            }
        }
    }

    [Theory]
    [MemberData(nameof(RuleNames.WithObjective), MemberType = typeof(RuleNames))]
    public void Law_49_every_default_decreases_x_squared_from_1(string rule)
    {
        Check<float>(rule);
        Check<double>(rule);

        static void Check<T>(string rule)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var state = Optimizer.Init(RuleRegistry.Find(rule)!.Create(), TensorSet.OfArray([T.One]));
            T loss = T.One;
            for (int t = 1; t <= 5; t++)
            {
                state = Optimizer.StepOn(state, p => Tuple.Create(p.Dot(p), p + p)).Item1;
                T x = state.EvaluationParameters.Span[0];
                Assert.True(x * x < loss || x == T.Zero, $"{typeof(T).Name}, step {t}: the loss went from {loss} to {x * x}");
                loss = x * x;
            }
        }
    }

    [Theory]
    [MemberData(nameof(RuleNames.WithObjective), MemberType = typeof(RuleNames))]
    public void A_step_without_the_objective_is_refused_by_name(string rule)
    {
        var state = Optimizer.Init(RuleRegistry.Find(rule)!.Create(), TensorSet.OfArray([1.0]));
        var error = Refused.With<ArgumentException>(" evaluates the objective itself: Optimizer.StepOn", () => state.Step(state.Parameters));
        Assert.StartsWith(state.Rule.GetType().Name, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(RuleNames.WithObjective), MemberType = typeof(RuleNames))]
    public void An_objective_that_fails_leaves_a_donated_state_as_it_was(string rule)
    {
        var state = Optimizer.StepOn(Optimizer.Init(RuleRegistry.Find(rule)!.Create(), TensorSet.OfArray([-1.2, 1])), TestProblems.Rosenbrock).Item1;
        var copy = Copy(state);
        int calls = 0;
        Assert.Throws<InvalidDataException>(() => Optimizer.StepOn(state.Donate(), p => ++calls > 1 ? throw new InvalidDataException() : TestProblems.Rosenbrock(p)));
        Assert.Equal(2, calls);
        Assert.Equal(copy, state);
        Same.Bits(Bowl.Step(copy)!, Bowl.Step(state.Donate())!);
    }

    private void ForBoth(string rule, ILaw law) => Law.Check(
        output, Scenario.From(draw => AnyRule.Of(draw, RuleRegistry.Find(rule)!), draw => draw.Plain() / 3, (1, 1)), s =>
        {
            law.Check<float>(s);
            law.Check<double>(s);
        }, 25);

    private interface ILaw
    {
        void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>;
    }

    private sealed class Purity : ILaw
    {
        public void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            string[] names = [.. s.Rule.DeclareSlots().Select(slot => slot.Name)];
            var state = s.Begin<T>();
            for (int t = 0; t < Steps; t++)
            {
                var before = Copy(state);
                var next = Bowl.Step(state);
                Assert.Equal(before, state);
                Assert.Equal(next, Bowl.Step(state));
                if (next is null)
                {
                    return;
                }

                Assert.Equal(before.Slots.Keys, next.Slots.Keys);
                Assert.Equal(names.Length, next.Slots.Count);
                Assert.All(next.Slots.Values, slot => Assert.Equal(s.Layout, slot.Layout));
                state = next;
            }
        }
    }

    private sealed class Donation : ILaw
    {
        public void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            OptimizerState<T> pure = s.Begin<T>(), donated = s.Begin<T>();
            for (int t = 0; t < Steps; t++)
            {
                OptimizerState<T>? nextPure = Bowl.Step(pure), nextDonated = Bowl.Step(donated.Donate());
                Assert.Equal(nextPure is null, nextDonated is null);
                if (nextPure is null)
                {
                    Assert.Equal(pure, donated);
                    return;
                }

                (pure, donated) = (nextPure, nextDonated!);
                Same.Bits(pure, donated);
            }
        }
    }

    private sealed class Cut : ILaw
    {
        public void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            OptimizerState<T>? whole = s.Begin<T>(), resumed = whole;
            for (int t = 0; t < Steps && whole is not null; t++)
            {
                whole = Bowl.Step(whole);
                resumed = Bowl.Step(Copy(resumed!));
                Assert.Equal(whole, resumed);
            }
        }
    }

    private static OptimizerState<T> Copy<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.Restore(
            state.Rule, state.StepCount, state.Parameters.Copy(),
            state.Slots.ToDictionary(slot => slot.Key, slot => slot.Value.Copy()), state.Scalars.ToDictionary(x => x.Key, x => x.Value));
}
