using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Laws 11 and 12: parameter groups, masking, freezing.</summary>
public class GroupTests(ITestOutputHelper output)
{
    private static readonly Func<Draw, Rule> PerTensor = draw => AnyRule.InnerThatMoves(draw);

    [Fact]
    public void Law_11_one_rule_in_every_group_is_that_rule_and_the_order_of_groups_is_irrelevant() => Law.Check(output, Scenario.From(PerTensor), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            TensorSelector[] selectors = [TensorSelector.Named("t0").OrNone(), TensorSelector.Named("t1").OrNone(), TensorSelector.Named("t0", "t1").Not().OrNone()];
            ParameterGroup[] groups = [.. selectors.Select(tensors => new ParameterGroup(tensors, s.Rule))];
            var alone = s.Run<T>().Parameters;
            Same.Bits(alone, s.Run<T>(new Partition(groups)).Parameters);
            Same.Bits(alone, s.Run<T>(new Partition(groups[2], groups[0], groups[1])).Parameters);
            Same.Bits(alone, Optimizer.Fold(Optimizer.Init(new Partition(groups), s.StartOf<T>()), s.GradientsOf<T>()).Parameters);
        }
    }, 100);

    [Fact]
    public void Each_group_follows_its_rule_as_if_the_others_were_not_there() => Law.Check(
        output, Scenario.From(draw => AnyRule.Around(draw, 1, tree => new Partition(new ParameterGroup(AnyRule.Tensors(draw), tree), new ParameterGroup(TensorSelector.All, AnyRule.Tree(draw, 1))))), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var together = s.Run<T>();
            Same.Bits(together, Optimizer.Fold(s.Begin<T>(), s.GradientsOf<T>()));
            var groups = ((Partition)s.Rule).Groups;
            for (int i = 0; i < 2; i++)
            {
                var own = s.Layout.Where(shape => groups[0].Tensors.Takes(shape) == (i == 0)).Select(shape => shape.Name).ToList();
                if (AnyRule.PlacesAnywhere(groups[i].Rule, 40) || own.Count is 0)
                {
                    continue;
                }

                TensorSet<T> Own(TensorSet<T> set) => TensorSet.OfTensors([.. own.Select(name => set[name])]);
                var alone = Optimizer.Fold(Optimizer.Init(groups[i].Rule, Own(s.StartOf<T>())), s.GradientsOf<T>().Select(Own));
                if (IsRanked(groups[i].Rule))
                {
                    continue;
                }

                Same.Bits(alone.Parameters, Own(together.Parameters), "group " + (i == 0 ? "0" : "1"));
            }
        }

        // Noise is drawn by position, and a matrix rule may count the tensors.
        static bool IsRanked(Rule rule) => rule.ToString().Contains("AddNoise", StringComparison.Ordinal);
    }, 100);

    [Fact]
    public void Law_12_masked_for_all_is_the_rule_for_none_the_identity() => Law.Check(output, Scenario.OfTrees(2, (_, tree) => new Masked(tree, TensorSelector.All)), s =>
    {
        Check<float>(s, (Masked)s.Rule);
        Check<double>(s, (Masked)s.Rule);

        static void Check<T>(Scenario s, Masked masked)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            Same.Bits(s.Run<T>(masked.Inner).Parameters, s.Run<T>(masked).Parameters);
            if (s.Layout.Count > 0)
            {
                Same.Bits(s.Run<T>(new Identity()).Parameters, s.Run<T>(masked.WithTensors(TensorSelector.None)).Parameters);
            }
        }
    }, 60);

    [Fact]
    public void Law_12_what_is_frozen_stays_to_the_bit_whatever_its_gradient() => Law.Check(
        output,
        Scenario.OfTrees(
            2,
            (draw, inner) => new Freeze(inner, AnyRule.Tensors(draw)),
            draw => draw.OneIn(30) ? draw.Of(double.NaN, double.PositiveInfinity) : draw.Wide()),
        s =>
        {
            var end = s.Run<double>();
            var start = s.StartOf<double>();
            foreach (var shape in s.Layout.Where(((Freeze)s.Rule).Tensors.Takes))
            {
                Same.Bits<double>(start[shape.Name].Span, end.Parameters[shape.Name].Span, shape.Name);
            }
        }, 60);

    [Fact]
    public void Masked_lets_the_other_gradients_pass_and_freezing_does_not()
    {
        var start = TensorSet.OfTensors(Given.Vector("w", 1.0, 1), Given.Vector("bias", 1.0));
        var gradient = TensorSet.OfTensors(Given.Vector("w", 0.5, 0.25), Given.Vector("bias", 0.5));
        var bias = TensorSelector.Named("bias");
        Assert.Equal([0.95, 0.975, 0.5], Optimizer.Init(new Masked(new Sgd { LearningRate = 0.1 }, bias.Not()), start).Step(gradient).Item2.ToArray());
        Assert.Equal([0.95, 0.975, 1], Optimizer.Init(new Freeze(new Sgd { LearningRate = 0.1 }, bias), start).Step(gradient).Item2.ToArray());
    }

    [Fact]
    public void No_decay_on_some_names_reaches_every_decay_in_the_rule_and_leaves_the_clipping_whole()
    {
        var start = TensorSet.OfTensors(Given.Vector("layer.weight", 3.0), Given.Vector("layer.bias", 4.0));
        var rule = new Accumulate(new Chain(new ClipByGlobalNorm(1), new AdamW { WeightDecay = 0.5, LearningRate = 0.1 }), 2).NoDecayOn("*.bias", "*.norm*");
        var state = Optimizer.Init(rule, start);
        Assert.Equal(0.5, state.Hyperparameters["inner.rules[1].inner.WeightDecay"]);
        Assert.Equal(1, state.Hyperparameters["inner.rules[0].MaxNorm"]);
        var zero = Given.Zeros<double>(start.Layout);
        Assert.Equal([3 - 0.15, 4], state.Step(zero).Item1.Step(zero).Item2.ToArray());
        Refused.With<ArgumentException>("must have a WeightDecay", () => new Lion().Then(new Identity()).Adjust("WeightDecay", 0).NoDecayOn("x") is var lion ? new Scale().NoDecayOn("x") : lion);
    }

    [Fact]
    public void A_tensor_that_no_group_takes_is_refused_by_name()
    {
        var start = TensorSet.OfTensors(Given.Vector("w", 1.0), Given.Vector("b", 1.0));
        var rule = new Partition(new ParameterGroup(TensorSelector.Named("w*"), new Sgd()));
        Refused.With<ArgumentException>("Every tensor must belong to a group of the partition, 'b' does not", () => Optimizer.Init(new Lookahead(rule), start));
        Refused.With<ArgumentException>("groups must hold at least one group", () => new Partition([]));
        Refused.With<ArgumentException>("patterns must hold at least one pattern", () => TensorSelector.Named());
    }

    [Fact]
    public void Selectors_are_compared_by_what_they_say()
    {
        Assert.Equal(TensorSelector.Named("a*", "b").Not(), TensorSelector.Named("a*", "b").Not());
        Assert.NotEqual(TensorSelector.Named("a*"), TensorSelector.Named("a"));
        Assert.Equal(new Freeze(new Sgd(), TensorSelector.OfRank(1)), new Freeze(new Sgd(), TensorSelector.OfRank(1)));
        var shape = new TensorShape("block.1.norm.weight", 4);
        Assert.True(TensorSelector.Named("*.norm*").Takes(shape) && TensorSelector.Named("block.?.norm.weight").Takes(shape));
        Assert.False(TensorSelector.Named("norm*").Takes(shape) || TensorSelector.Named("block.norm.weight", "BLOCK*").Takes(shape));
        Assert.True(TensorSelector.Named("*").And(TensorSelector.OfRank(1)).Takes(shape) && TensorSelector.Where(s => s.Length == 4).Takes(shape));
    }
}
