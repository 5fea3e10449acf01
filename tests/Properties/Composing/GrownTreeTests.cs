using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Composing;

/// <summary>Law 58 over rules within rules: tensors that join or thaw in the middle of a run.</summary>
public class GrownTreeTests(ITestOutputHelper output)
{
    private const string JoinedName = "joined";

    [Fact]
    public void Law_58_a_tensor_that_joins_a_tree_leaves_the_others_alone_and_is_stepped_as_in_a_run_of_its_own() => Law.Check(output, Scenario.From(draw => Elementwise(draw, 3), AnyRule.Shrink, draw => draw.Plain(), (4, 16), StepNeeds.Loss), s =>
    {
        Check<float>(s);
        Check<double>(s);

        void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            int at = s.Gradients.Length / 2;
            var gradients = s.GradientsOf<T>().ToArray();
            var added = TensorSet.OfTensors(Tensor.OfSpan<T>(new TensorShape(JoinedName, 3), [T.One, T.Zero, -T.One]));
            var before = s.Fold(s.Begin<T>(), gradients[..at]);
            var joined = before.AddTensors(added);
            Assert.Equal(before.Rule.HyperparametersAt(at), joined.Rule.HyperparametersAt(at));
            Func<int, TensorSet<T>> own = t => TensorSet.OfTensors(Tensor.OfSpan<T>(new TensorShape(JoinedName, 3), [T.CreateTruncating(t), -T.One, T.One / T.CreateTruncating(3)]));
            var alone = before;
            var late = Optimizer.Init(Later(s.Rule, at, s), added);
            for (int t = at; t < gradients.Length; t++)
            {
                double loss = s.LossFor(t)!.Value;
                joined = Optimizer.Step(joined, TensorSet.OfTensors(gradients[t].Concat(own(t)).ToArray()), loss: loss).Item1;
                alone = Optimizer.Step(alone, gradients[t], loss: loss).Item1;
                late = Optimizer.Step(late, own(t), loss: loss).Item1;
            }

            foreach (var tensor in alone.Parameters)
            {
                Same.Bits<T>(tensor.Span, joined.Parameters[tensor.Shape.Name].Span, tensor.Shape.Name);
            }

            if (!FollowsLosses(s.Rule))
            {
                Same.Bits<T>(late.Parameters[JoinedName].Span, joined.Parameters[JoinedName].Span, JoinedName);
            }

            // And restored.
            Same.Bits(Optimizer.Step(joined, joined.Parameters, loss: 1).Item1.Parameters, Optimizer.Step(Restored(joined), joined.Parameters, loss: 1).Item1.Parameters);
        }
    }, 150);

    [Fact]
    public void Law_58_a_tensor_that_thaws_in_a_tree_is_stepped_as_one_that_joins() => Law.Check(output, Scenario.From(draw => new Freeze(Elementwise(draw, 2), AnyRule.Tensors(draw)), AnyRule.ShrinkInside, draw => draw.Plain(), (4, 16), StepNeeds.Loss), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var freeze = (Freeze)s.Rule;
            var (still, moving) = (s.Layout.Where(freeze.Tensors.Takes).ToList(), s.Layout.Where(shape => !freeze.Tensors.Takes(shape)).ToList());
            if (still.Count == 0 || moving.Count == 0 || AnyRule.PlacesAnywhere(freeze.Inner, 40))
            {
                return;
            }

            int at = s.Gradients.Length / 2;
            var gradients = s.GradientsOf<T>().ToArray();
            var thawed = s.Fold(s.Fold(s.Begin<T>(), gradients[..at]).Thaw(), gradients[at..]);
            var joined = s.Fold(Optimizer.Init(freeze.Inner, Of(s.StartOf<T>(), moving)), gradients[..at].Select(gradient => Of(gradient, moving))).AddTensors(Of(s.StartOf<T>(), still));
            joined = s.Fold(joined, gradients[at..].Select(gradient => Of(gradient, [.. moving, .. still])));
            foreach (var shape in s.Layout)
            {
                Same.Bits<T>(joined.Parameters[shape.Name].Span, thawed.Parameters[shape.Name].Span, shape.Name);
            }

            static TensorSet<T> Of(TensorSet<T> set, List<TensorShape> shapes) => TensorSet.OfTensors(shapes.Select(shape => set[shape.Name]).ToArray());
        }
    }, 150);

    /// <summary>Rules within rules, each element of which goes by itself: chains, groups, exemptions and guards around rules that go element by element; rates that begin at 0, or follow the losses.</summary>
    private static Rule Elementwise(Draw draw, int depth)
    {
        for (int attempt = 0; attempt < 30; attempt++)
        {
            Rule rule = (depth == 0 ? 9 : draw.Integer(0, 7)) switch
            {
                0 => new Chain([.. Enumerable.Range(0, draw.Integer(1, 3)).Select(_ => Elementwise(draw, depth - 1))]),
                1 or 2 => new Partition([
                    .. Enumerable.Range(0, draw.Integer(0, 2)).Select(_ => new ParameterGroup(AnyRule.Tensors(draw), Elementwise(draw, depth - 1))),
                    new ParameterGroup(TensorSelector.All, Elementwise(draw, depth - 1))]),
                3 => new ExemptFromDecay(Elementwise(draw, depth - 1), AnyRule.Tensors(draw)),
                4 => new ApplyIfFinite(Elementwise(draw, depth - 1)),
                5 => new Masked(Elementwise(draw, depth - 1), AnyRule.Tensors(draw)),
                _ => Leaf(draw),
            };
            if (AnyRule.IsValid(rule))
            {
                return rule;
            }
        }

        return new Sgd();
    }

    private static Rule Leaf(Draw draw)
    {
        var rule = draw.OneIn(3) ? AnyRule.Inner(draw) : draw.Of<Rule>(new Adam(), new AdamW { WeightDecay = 0.1 }, new NAdam(), new Sgd { Momentum = 0.9 }, new RmsProp(), new AdaBelief(), new RAdam(), new Lion(), new AdaMax());
        if (rule is AddNoise || AnyRule.Places(rule, 40) || !AnyRule.IsValid(rule))
        {
            return new Adam();
        }

        return !RuleTree.HasRate(rule) ? rule : draw.Integer(0, 3) switch
        {
            0 => rule.Adjust("LearningRate", Schedule.Linear(0, 0.1, draw.Integer(1, 9))),
            1 => rule.Adjust("LearningRate", Schedule.ReduceOnPlateau(0.1, 0.5, 1)),
            _ => rule,
        };
    }

    private static bool FollowsLosses(Rule rule) =>
        RuleProperty.Of(rule).Any(h => h.IsSchedule && h.IsSet(rule) && ((Schedule)h.Value(rule)).DeclareScalars().Count > 0) || rule.DeclareInner().Any(inner => FollowsLosses(inner.Rule));

    /// <summary>The rule with its schedules so many steps on; what a rate is relative to is the run's.</summary>
    private static Rule Later(Rule rule, int steps, Scenario s)
    {
        rule = rule.WithReferencesFixed();
        var inner = rule.DeclareInner();
        var own = inner.Count == 0 ? rule : rule.ReplaceInner([.. inner.Select(i => Later(i.Rule, steps, s))]);
        return RuleProperty.Of(own).Where(h => h.IsSchedule && h.IsSet(own) && h.Value(own) is not ConstantSchedule && ((Schedule)h.Value(own)).DeclareScalars().Count == 0).Aggregate(own, (r, h) => h.With(
            r, Schedule.Table([.. Enumerable.Range(0, s.Gradients.Length + 3).Select(i => ((Schedule)h.Value(r)).At(steps + i))])));
    }

    private static OptimizerState<T> Restored<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.Restore(state.Rule, state.StepCount, state.Parameters, state.Slots, state.Scalars);
}
