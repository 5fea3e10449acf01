using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>Laws 4, 5 (donated = pure), 6, 7 and 15.</summary>
public class PurityTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Step_changes_neither_state_nor_gradient_and_repeats_itself(string rule) => ForBoth(rule, new Purity());

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Donated_is_pure(string rule) => ForBoth(rule, new Donation());

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Fold_may_be_cut_anywhere_and_resumed_from_its_parts(string rule) => ForBoth(rule, new Cut());

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Slots_keep_their_names_and_shapes(string rule) => ForBoth(rule, new Shapes());

    [Fact]
    public void Chains_are_pure_and_may_be_cut_and_donated()
    {
        Law.Check(output, Scenario.OfChains(), Holds, 40);
    }

    [Fact]
    public void Rules_within_rules_are_pure_and_may_be_cut_and_donated()
    {
        Law.Check(output, Scenario.OfTrees(), Holds, 150);
    }

    private static void Holds(Scenario s)
    {
        foreach (var law in new ILaw[] { new Purity(), new Donation(), new Cut(), new Shapes() })
        {
            law.Check<float>(s);
            law.Check<double>(s);
        }
    }

    private void ForBoth(string rule, ILaw law) => Law.Check(output, Scenario.Of(rule), s =>
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
            var state = s.Begin<T>();
            foreach (var gradient in s.GradientsOf<T>())
            {
                var gradientBefore = gradient.Copy();
                var before = Copy(state);
                var once = state.Step(gradient);
                Assert.Equal(before, state);
                Assert.Equal(gradientBefore, gradient);
                Assert.Equal(once.Item1, state.Step(gradient).Item1);
                Assert.Equal(once.Item1.Parameters, once.Item2);
                state = once.Item1;
            }
        }
    }

    private sealed class Donation : ILaw
    {
        public void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var pure = s.Begin<T>();
            var donated = s.Begin<T>();
            foreach (var gradient in s.GradientsOf<T>())
            {
                pure = pure.Step(gradient).Item1;
                donated = donated.Donate().Step(gradient).Item1;
                Same.Bits(pure, donated);
            }

            Same.Bits(pure, Optimizer.Fold(s.Begin<T>(), s.GradientsOf<T>()));
            Same.Bits(pure, Optimizer.Scan(s.Begin<T>(), s.GradientsOf<T>()).Last());
        }
    }

    private sealed class Cut : ILaw
    {
        public void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var whole = Optimizer.Fold(s.Begin<T>(), s.GradientsOf<T>());
            for (int cut = 0; cut <= s.Gradients.Length; cut++)
            {
                var first = Optimizer.Fold(s.Begin<T>(), s.GradientsOf<T>().Take(cut));
                var copy = Copy(first);
                Assert.Equal(first, copy);
                Assert.Equal(first.GetHashCode(), copy.GetHashCode());
                Same.Bits(whole, Optimizer.Fold(first, s.GradientsOf<T>().Skip(cut)));
                Same.Bits(whole, Optimizer.Fold(copy, s.GradientsOf<T>().Skip(cut)));
            }
        }
    }

    private sealed class Shapes : ILaw
    {
        public void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            string[] declared = [.. s.Rule.DeclareSlots().Select(slot => slot.Name)];
            Layout[] layouts = [.. s.Rule.DeclareSlots().Select(slot => slot.LayoutFor(s.Layout))];
            var first = s.Begin<T>();
            Assert.Equal(declared.Length, first.Slots.Count);
            Assert.All(first.Slots.Keys.Zip(declared), pair => Assert.StartsWith(pair.Second, pair.First, StringComparison.Ordinal));
            foreach (var state in Optimizer.Scan(first, s.GradientsOf<T>()))
            {
                Assert.Equal(first.Slots.Keys, state.Slots.Keys);
                Assert.Equal(first.Scalars.Keys, state.Scalars.Keys);
                Assert.Equal(s.Layout, state.Parameters.Layout);
                Assert.Equal(layouts, state.Slots.Values.Select(slot => slot.Layout));
            }
        }
    }

    private static OptimizerState<T> Copy<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.Restore(
            state.Rule, state.StepCount, state.Parameters.Copy(),
            state.Slots.ToDictionary(slot => slot.Key, slot => slot.Value.Copy()), state.Scalars.ToDictionary(x => x.Key, x => x.Value));
}
