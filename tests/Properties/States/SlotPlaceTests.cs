using System.Numerics;
using Optim.Execution;
using Optim.Lanes;
using Xunit;

namespace Optim.Properties.States;

/// <summary>No pointer is indexed by anything but its own layout: what would be is refused before it is made.</summary>
public class SlotPlaceTests
{
    private static readonly TensorSet<float> Ones = TensorSet.Filled(Layout.Of(new TensorShape("a", 3000), new TensorShape("b", 1000)), 1f);

    [Fact]
    public void A_slot_of_one_number_a_tensor_is_no_place_for_a_formula()
    {
        foreach (var rule in (Rule[])[new CountedPerTensor(), new SweptPerTensor(), new PutOffPerTensor(), new SummedPerTensor(), new Chain(new Adam(), new CountedPerTensor())])
        {
            var state = Optimizer.Init(rule, Ones);
            var error = Assert.Throws<InvalidOperationException>(() => state.Step(Ones));
            Assert.Contains("must have an element for each of the parameters' where a formula goes element by element", error.Message, StringComparison.Ordinal);
            Assert.Contains("tensor 'a'", error.Message, StringComparison.Ordinal);

            // Donated, in place and one element at a time alike; the state is as it was.
            Assert.Throws<InvalidOperationException>(() => state.Donate().Step(Ones));
            Assert.Equal(Optimizer.Init(rule, Ones), state);
            Assert.Throws<InvalidOperationException>(() => PlainExecutor.Step(state, Ones));
            float[] a = new float[3000], b = new float[1000];
            using InPlaceState<float> inPlace = new(rule, Ones.Layout, [a, b], [new float[3000], new float[1000]]);
            Assert.Throws<InvalidOperationException>(() => inPlace.Step());
        }
    }

    [Fact]
    public void A_formula_that_uses_more_slots_than_it_says_is_refused()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Optimizer.Init(new Greedy(), Ones).Step(Ones));
        Assert.Contains("says that it has 1 slots (SlotCount), and uses slot 1", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Optimizer.Init(new GreedyInPair(), Ones).Step(Ones));
    }

    /// <summary>A set of names that the application changes after the state has begun: the state goes by what it was.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_state_keeps_the_answers_of_its_selectors(bool before)
    {
        HashSet<string> trained = before ? ["b"] : [];
        Rule rule = new Partition(
            new ParameterGroup(TensorSelector.Where(shape => trained.Contains(shape.Name)).OrNone(), new Adam()),
            new ParameterGroup(TensorSelector.All, new ClipByGlobalNorm(1).Then(new Masked(new Sgd { Momentum = 0.9 }, TensorSelector.Where(shape => !trained.Contains(shape.Name))))));
        Rule fixedRule = new Partition(
            new ParameterGroup((before ? TensorSelector.Named("b") : TensorSelector.None).OrNone(), new Adam()),
            new ParameterGroup(TensorSelector.All, new ClipByGlobalNorm(1).Then(new Masked(new Sgd { Momentum = 0.9 }, before ? TensorSelector.Named("a") : TensorSelector.All))));
        var (state, expected) = (Optimizer.Init(rule, Ones), Optimizer.Init(fixedRule, Ones));
        float[] a = [.. Enumerable.Repeat(1f, 3000)], b = [.. Enumerable.Repeat(1f, 1000)];
        using InPlaceState<float> inPlace = new(rule, Ones.Layout, [a, b], [a.ToArray(), b.ToArray()]);
        Assert.Equal(rule, state.Rule);
        trained = ["a"];
        for (int step = 0; step < 3; step++)
        {
            state = state.Donate().Step(Ones).Item1;
            expected = expected.Step(Ones).Item1;
            inPlace.Step();
            Assert.Equal(expected.Parameters, state.Parameters);
            Assert.Equal(expected.Slots.Values, state.Slots.Values);
            Assert.Equal(expected.Parameters, inPlace.Snapshot().Parameters);

            // Another value of a hyperparameter asks nobody again.
            state = state.Adjust("LearningRate", 0.01);
            expected = expected.Adjust("LearningRate", 0.01);
            inPlace.Continue(inPlace.Rule.Adjust("LearningRate", 0.01));
        }

        // A rule of one's own making is asked anew, and what does not fit the slots is refused; so is it where a new state begins.
        Assert.Throws<ArgumentException>(() => state.WithRule(rule));
        Assert.NotEqual(expected.Slots.Values.Select(slot => slot.Layout), Optimizer.Init(rule, Ones).Slots.Values.Select(slot => slot.Layout));
    }

    [Fact]
    public void Every_rule_with_selectors_can_be_given_others()
    {
        int seen = 0;
        foreach (var rule in RuleRegistry.All.Select(entry => entry.Create()))
        {
            if (rule.Selectors.Count > 0)
            {
                seen++;
                var other = TensorSelector.Where(_ => true);
                Assert.All(rule.WithSelectors(_ => other).Selectors, selector => Assert.Same(other, selector));
            }
        }

        Assert.True(seen >= 3);
    }

    private sealed record CountedPerTensor : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("count") { Dimensions = _ => [] }];

        public override void Prepare<T>(Plan<T> plan) => plan.Apply(default(Counter<T>));
    }

    private sealed record SweptPerTensor : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("count") { Dimensions = _ => [] }];

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(1, context => context.Sweep(default(Counter<T>)));
    }

    private sealed record PutOffPerTensor : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("count") { Dimensions = _ => [] }];

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(1, context => context.ThenPerTensor(_ => default(Counter<T>)));
    }

    private sealed record SummedPerTensor : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("count") { Dimensions = _ => [] }];

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(1, context => context.Sum(default(FirstSlot)));
    }

    private sealed record Greedy : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("count")];

        public override void Prepare<T>(Plan<T> plan) => plan.Apply(default(SecondOfOne<T>));
    }

    private sealed record GreedyInPair : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("count"), new("other")];

        public override void Prepare<T>(Plan<T> plan) => plan.Apply(Formula.Then<T, Counter<T>, SecondOfOne<T>>(default, default));
    }

    private readonly struct Counter<T> : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static int SlotCount => 1;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            slots.Write(0, slots.Read(0) + update);
            return update;
        }
    }

    private readonly struct SecondOfOne<T> : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static int SlotCount => 1;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L> => slots.Read(1);
    }

    private readonly struct FirstSlot : ISummand
    {
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => slots.Read(0);
    }
}
