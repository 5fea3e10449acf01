using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>What a plan refuses from the author of a rule, and what it keeps apart.</summary>
public class PlanTests
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([3.0, -4]);

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void A_missing_plan_is_refused_by_name(string rule) =>
        Assert.Equal("plan", Assert.Throws<ArgumentNullException>(() => RuleRegistry.Find(rule)!.Create().Prepare<double>(null!)).ParamName);

    [Theory]
    [InlineData(0.5)]
    [InlineData(-1)]
    [InlineData(2.5)]
    [InlineData(65)]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void A_norm_that_there_is_not_is_refused(double normType)
    {
        var state = Optimizer.Init(new AfterNorms(normType), Start);
        Refused.With<ArgumentOutOfRangeException>("normType must be a whole number from 1 to 64, or infinity, was", () => state.Step(Start));
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(64, 4)]
    [InlineData(double.PositiveInfinity, 4)]
    public void Norms_at_the_ends_of_the_range_are_taken(double normType, double expected)
    {
        var norms = new List<double>();
        Optimizer.Init(new AfterNorms(normType) { Norms = norms }, Start).Step(Start);
        Assert.Equal(expected, Assert.Single(norms), 1e-6);
    }

    [Fact]
    public void A_norm_behind_another_norm_is_that_of_the_update_as_it_is_there()
    {
        var norms = new List<double>();
        Optimizer.Init(new AfterNorms(1, 2, 1) { Norms = norms }, Start).Step(Start);
        Assert.Equal([7.0, 2.5, 1.75], norms);
    }

    [Theory]
    [InlineData(1.0, 10)]
    [InlineData(-1.0, 20)]
    public void A_branch_keeps_what_was_set_before_it(double gradient, double expected)
    {
        var next = Optimizer.Init(new SetsAndBranches(), Start).Step(TensorSet.OfArray([gradient, gradient])).Item1;
        Assert.Equal([7, expected], next.Scalars.Values);
    }

    [Fact]
    public void A_failure_behind_several_norms_leaves_a_donated_state_as_it_was()
    {
        var rule = new Chain(new ClipByGlobalNorm(1), new ScaleByMomentum(), new ScaleByMomentum(), new AfterNorms(2, 1) { FailsAt = 1 });
        var state = Optimizer.Init(rule, Start);
        var before = state.Slots.Values.Select(slot => slot.Copy()).ToList();
        Assert.Throws<ArithmeticException>(() => Optimizer.Step(state.Donate(), Start));
        Assert.True(before.SequenceEqual(state.Slots.Values));
    }

    [Fact]
    public void Slots_at_rest_and_scalars_are_kept_apart()
    {
        var first = Optimizer.Init(new TwoOfEach(), Start);
        var state = Optimizer.Fold(first, [Start, Start, Start]);
        Assert.Equal([3.0, 30], state.Scalars.Values);
        Assert.True(state.Slots.Values.SequenceEqual([Start, Start]));
        Same.Bits(Optimizer.Scan(first, [Start, Start, Start]).Last(), state);
    }

    [Fact]
    public void A_formula_may_move_the_parameters_that_others_have_reached()
    {
        // From -8 by an update of 11, or set there; then half the way back to 0, twice.
        Rule[] reach = [new Scale(1), new Identity(), new Chain(new Scale(2), new Scale(0.5))];
        foreach (var rule in reach)
        {
            Assert.Equal([-4.0, 2], Optimizer.Init(rule.Then(new Halfway()), Start).Step(TensorSet.OfArray([11.0, -8])).Item2.ToArray());
            Assert.Equal([-2.0, 1], Optimizer.Init(rule.Then(new Halfway()).Then(new Halfway()), Start).Step(TensorSet.OfArray([11.0, -8])).Item2.ToArray());
        }
    }

    [Fact]
    public void Fewer_than_no_slots_cannot_rest() =>
        Refused.With<ArgumentOutOfRangeException>("count", () => Optimizer.Init(new Resting(-1), Start).Step(Start));

    [Fact]
    public void Rules_that_are_missing_are_refused()
    {
        Refused.With<ArgumentNullException>("rules", () => new Chain(null!));
        Refused.With<ArgumentNullException>("rules", () => new Chain(new Sgd(), null!));
        Refused.With<ArgumentNullException>("next", () => new Sgd().Then(null!));
        Assert.NotEqual<Rule>(new Chain(new Sgd()), new Chain(new Adam()));
    }

    [Fact]
    public void A_formula_with_slots_cannot_be_left_out_after_a_norm()
    {
        var state = Optimizer.Init(new Chain(new ScaleByMomentum(), new Forgetful()), Start);
        var before = state.Slots.Values.Select(slot => slot.Copy()).ToList();
        Refused.With<InvalidOperationException>("must not be null", () => Optimizer.Step(state.Donate(), Start));
        Assert.True(before.SequenceEqual(state.Slots.Values));
    }

    [Fact]
    public void A_missing_formula_is_refused() =>
        Refused.With<ArgumentNullException>("formula", () => Optimizer.Init(new WithoutFormula(), Start).Step(Start));

    /// <summary>Halves the update after each of some norms.</summary>
    private sealed record AfterNorms(params double[] Types) : Rule
    {
        public List<double> Norms { get; init; } = [];

        public int FailsAt { get; init; } = -1;

        public override void Prepare<T>(Plan<T> plan)
        {
            for (int i = 0; i < Types.Length; i++)
            {
                int at = i;
                plan.ApplyAfterNorm<ScaleFormula<T>>(Types[i], norm =>
                {
                    Norms.Add(norm);
                    return at == FailsAt ? throw new ArithmeticException() : new ScaleFormula<T>(0.5);
                });
            }
        }
    }

    /// <summary>Writes both slots at the first step and none after; counts in two scalars.</summary>
    private sealed record TwoOfEach : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("a"), new("b")];

        public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("ones"), new("tens")];

        public override void Prepare<T>(Plan<T> plan)
        {
            plan.SetScalar("ones", plan.Scalar("ones") + 1);
            plan.SetScalar("tens", plan.Scalar("tens") + 10);
            for (int slot = 0; slot < 2; slot++)
            {
                if (plan.Step == 1)
                {
                    plan.Apply(new MomentumFormula<T>(0, 0, 1));
                }
                else
                {
                    plan.SkipSlots(1);
                }
            }
        }
    }

    /// <summary>Halfway from wherever the rules before lead to, to 0.</summary>
    private sealed record Halfway : Rule
    {
        public override void Prepare<T>(Plan<T> plan) => plan.TransformParameters(new ScaleFormula<T>(0.5));
    }

    private sealed record Resting(int Count) : Rule
    {
        public override void Prepare<T>(Plan<T> plan) => plan.SkipSlots(Count);
    }

    private sealed record Forgetful : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("lost")];

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyAfterNorm<MomentumFormula<T>>(2, _ => null, mayThrow: false);
    }

    private sealed record WithoutFormula : Rule
    {
        public override void Prepare<T>(Plan<T> plan) => plan.ApplyAfterNorm<ScaleFormula<T>>(2, null!);
    }

    /// <summary>Sets one scalar, then another by the sign of the update.</summary>
    private sealed record SetsAndBranches : Rule
    {
        public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("before"), new("chosen")];

        public override void Prepare<T>(Plan<T> plan)
        {
            plan.SetScalar("before", 7);
            plan.Branch(context => context.Update[0] > T.Zero, () => plan.SetScalar("chosen", 10), () => plan.SetScalar("chosen", 20));
        }
    }
}
