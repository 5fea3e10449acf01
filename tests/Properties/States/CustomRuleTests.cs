using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>Rules that a user writes: extra inputs, scalars, slots that rest, and what is said when they contradict themselves.</summary>
public class CustomRuleTests
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([2.0, -4]);

    [Fact]
    public void A_rule_that_needs_the_loss_says_so_and_uses_it()
    {
        var state = Optimizer.Init(new Polyak(), Start).Donate();
        var error = Assert.Throws<ArgumentException>(() => state.Step(Start));
        Assert.Contains("Polyak needs the loss at each step", error.Message, StringComparison.Ordinal);
        Assert.Equal("loss", error.ParamName);
        Assert.Equal([1.0, -2], Optimizer.Step(state, Start, loss: 0.5).Item2.ToArray());
    }

    [Fact]
    public void Minimize_hands_the_loss_to_the_rule()
    {
        var result = Optimizer.Minimize(new Polyak(), Start, p => Tuple.Create(0.25, p.Copy()), new() { MaxSteps = 1 });
        Assert.Equal([1.5, -3], result.Parameters.ToArray());
    }

    [Fact]
    public void A_rule_that_needs_the_hessian_says_so_and_uses_it()
    {
        var state = Optimizer.Init(new Newton(), Start);
        var error = Assert.Throws<ArgumentException>(() => state.Step(Start));
        Assert.Contains("Newton needs the Hessian's diagonal", error.Message, StringComparison.Ordinal);
        Assert.Equal([0.0, 0], Optimizer.Step(state, TensorSet.OfArray([4.0, -8]), hessianDiagonal: TensorSet.OfArray([2.0, 2])).Item2.ToArray());
        var wrong = Assert.Throws<ArgumentException>(() => Optimizer.Step(state, Start, hessianDiagonal: TensorSet.OfArray([1.0])));
        Assert.Contains("hessianDiagonal", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(20_000)]
    public void Scalars_and_resting_slots_live_through_steps_pure_donated_and_resumed(int length)
    {
        var gradients = Enumerable.Range(1, 6).Select(t => TensorSet.Filled(Layout.OfVector(length), (double)t)).ToList();
        var rule = new Chain(new Sgd { LearningRate = 1 }, new EverySecond(), new ScaleByMomentum { Momentum = 0.5 });
        var first = Optimizer.Init(rule, TensorSet.Filled(Layout.OfVector(length), 0.0));
        Assert.Equal(["kept", "momentum_buffer"], first.Slots.Keys);
        var states = Optimizer.Scan(first, gradients).ToList();
        Assert.Equal([0.0, 1, 2, 3, 4, 5, 6], states.Select(s => s.Scalars["seen"]));

        // Kept at steps 1, 3 and 5; at rest in between, so that update 2, 4 and 6 is what was kept before.
        Assert.Equal([0.0, 1, 1, 3, 3, 5, 5], states.Select(s => s.Slots["kept"].Span[length - 1]));
        var donated = Optimizer.Fold(first, gradients);
        Same.Bits(states[^1], donated);
        for (int cut = 0; cut <= 6; cut++)
        {
            var middle = states[cut];
            var restored = Optimizer.Restore(middle.Rule, middle.StepCount, middle.Parameters, middle.Slots, middle.Scalars);
            Assert.Equal(middle, restored);
            Same.Bits(states[^1], Optimizer.Fold(restored, gradients.Skip(cut)));
        }

        // A slot at rest is shared between two states: donating one must not write into the other.
        var copy = states[3].Slots["kept"].Copy();
        var branch = states[3].Step(gradients[3]).Item1;
        branch.Donate().Step(gradients[4]);
        Assert.Equal(copy, states[3].Slots["kept"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_wrong_number_of_slots_is_refused(int declared)
    {
        var state = Optimizer.Init(new Miscounting(declared), Start).Donate();
        var error = Assert.Throws<InvalidOperationException>(() => state.Step(Start));
        Assert.Contains(FormattableString.Invariant($"declares {declared} slots"), error.Message, StringComparison.Ordinal);
        Assert.Contains("use or skip 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(Start, state.Parameters);
    }

    [Fact]
    public void A_scalar_that_no_rule_declares_is_refused() =>
        Refused.With<InvalidOperationException>("'undeclared'", () => Optimizer.Init(new Undeclared(), Start).Step(Start));

    [Fact]
    public void The_same_slot_twice_in_a_chain_gets_a_number()
    {
        var twice = new ScaleByMomentum().Then(new ScaleByMomentum { Momentum = 0.5 }).Then(new ScaleByMomentum { Momentum = 0.25 });
        var state = Optimizer.Init(twice, Start).Step(Start).Item1.Step(Start).Item1;
        Assert.Equal(["momentum_buffer", "momentum_buffer.2", "momentum_buffer.3"], state.Slots.Keys);
        Assert.Equal([1.9 * 2, (0.5 * 2) + (1.9 * 2), (0.25 * 2) + (0.5 * 2) + (1.9 * 2)], state.Slots.Values.Select(slot => Math.Round(slot.Span[0], 12)));
    }

    [Fact]
    public void Parts_that_are_missing_or_too_many_are_listed()
    {
        var state = Optimizer.Init(new Adam(), Start);
        var slots = new Dictionary<string, TensorSet<double>> { ["exp_avg"] = Start, ["other"] = Start };
        var error = Assert.Throws<ArgumentException>(() => Optimizer.Restore(new Adam(), 1, Start, slots, state.Scalars));
        Assert.Contains("missing: exp_avg_sq", error.Message, StringComparison.Ordinal);
        Assert.Contains("not the rule's: other", error.Message, StringComparison.Ordinal);
        var scalars = new Dictionary<string, double> { ["x"] = 1 };
        Refused.With<ArgumentException>("not the rule's: x", () => Optimizer.Restore(new Sgd(), 1, Start, new Dictionary<string, TensorSet<double>>(), scalars));
        slots = new() { ["exp_avg"] = Start, ["exp_avg_sq"] = TensorSet.OfArray([1.0]) };
        Refused.With<ArgumentException>("'exp_avg_sq'", () => Optimizer.Restore(new Adam(), 1, Start, slots, state.Scalars));
        Refused.With<KeyNotFoundException>("exp_avg, exp_avg_sq", () => state.Slots["nothing"]);
    }

    private sealed record Polyak : Rule
    {
        public override void Prepare<T>(Plan<T> plan) => new Scale(plan.RequireLoss(nameof(Polyak))).Prepare(plan);
    }

    private sealed record Newton : Rule
    {
        public override void Prepare<T>(Plan<T> plan) =>
            new Scale(1 / double.CreateTruncating(plan.RequireHessianDiagonal(nameof(Newton)).Span[0])).Prepare(plan);
    }

    /// <summary>Keeps every odd update and leaves its slot alone at even steps; counts what it has seen.</summary>
    private sealed record EverySecond : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("kept")];

        public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("seen")];

        public override void Prepare<T>(Plan<T> plan)
        {
            plan.SetScalar("seen", plan.Scalar("seen") + 1);
            if (plan.Step % 2 == 1)
            {
                new ScaleByMomentum { Momentum = 0 }.Prepare(plan);
            }
            else
            {
                plan.SkipSlots(1);
            }
        }
    }

    private sealed record Miscounting(int Declared) : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
            [.. Enumerable.Range(0, Declared).Select(i => new SlotDeclaration(FormattableString.Invariant($"s{i}")))];

        public override void Prepare<T>(Plan<T> plan) => new ScaleByAdam().Prepare(plan);
    }

    private sealed record Undeclared : Rule
    {
        public override void Prepare<T>(Plan<T> plan) => plan.SetScalar("undeclared", 1);
    }
}
