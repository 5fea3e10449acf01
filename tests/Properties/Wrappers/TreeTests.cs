using System.Numerics;
using Optim.Execution;
using Optim.Lanes;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Laws 13, 14, 44 and 50 on rules within rules.</summary>
public class TreeTests(ITestOutputHelper output)
{
    [Fact]
    public void Law_13_adjusting_a_state_is_constructing_with_the_value() => Law.Check(output, Scenario.OfTrees(), s =>
    {
        foreach (string path in s.Begin<double>().Hyperparameters.Keys)
        {
            double own = s.Begin<double>().Hyperparameters[path];
            if (Try(() => s.Rule.Adjust(path, own / 2)) is not { } other || Try(() => s.Begin<double>().Adjust(path, own / 2)) is not { } adjusted)
            {
                continue;
            }

            // As if the state had been made with the other rule; slots that begin with a hyperparameter's value have begun.
            Assert.Equal(own / 2, adjusted.Hyperparameters[path]);
            foreach (var state in new[] { s.Begin<double>(), s.Run<double>() })
            {
                var expected = Optimizer.Restore(other, state.StepCount, state.Parameters, state.Slots, state.Scalars);
                Assert.Equal(expected, state.Adjust(path, own / 2));
                Assert.Equal(Optimizer.Fold(expected, s.GradientsOf<double>()), Optimizer.Fold(state.Adjust(path, own / 2), s.GradientsOf<double>()));
            }

            break;
        }
    }, 100);

    [Fact]
    public void Law_14_a_schedule_that_is_constant_is_a_number() => Law.Check(output, Scenario.OfTrees(), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var values = s.Begin<T>().Hyperparameters;
            var numbers = s.Rule;
            List<string> changed = [];
            foreach (var (path, value) in values)
            {
                // A rate that is no number's multiple of another stays a schedule in both.
                if (Try(() => numbers.Adjust(path, value)) is { } with)
                {
                    numbers = with;
                    changed.Add(path);
                }
            }

            var schedules = values.Where(pair => changed.Contains(pair.Key))
                .Aggregate(numbers, (rule, pair) => IsMomentum(pair) ? rule : Try(() => rule.Adjust(pair.Key, Schedule.Table([pair.Value]))) ?? rule);
            if (Try(() => Optimizer.Init(numbers, s.StartOf<T>())) is not null && Try(() => Optimizer.Init(schedules, s.StartOf<T>())) is not null)
            {
                Same.Bits(s.Run<T>(numbers).Parameters, s.Run<T>(schedules).Parameters);
            }
        }
    }, 100);

    [Fact]
    public void Law_44_Lookahead_of_every_step_all_the_way_is_the_rule_inside() => Law.Check(output, Scenario.OfTrees(), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T> =>
            Same.Bits(s.Run<T>().Parameters, s.Run<T>(new Lookahead(s.Rule) { SyncPeriod = 1, SlowStepSize = 1 }).Parameters);
    }, 60);

    [Fact]
    public void Law_50_within_wrappers_maximizing_is_minimizing_the_negative() => Law.Check(
        output, Scenario.From(draw => Nest(draw, new AdamW { Maximize = true, WeightDecay = 0.1 }, 3)), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var turned = s with { Rule = Minimizing(s.Rule), Gradients = [.. s.Gradients.Select(g => Array.ConvertAll(g, x => -x))] };
            Same.Bits(s.Run<T>().Parameters, turned.Run<T>().Parameters);
        }

        static Rule Minimizing(Rule rule) => rule is AdamW adam
            ? adam with { Maximize = false }
            : rule.ReplaceInner([.. rule.DeclareInner().Select(inner => Minimizing(inner.Rule))]);
    }, 60);

    [Fact]
    public void Law_16_late_in_a_run_every_tree_is_sane() => Law.Check(output, Scenario.OfTrees(), s =>
    {
        var first = s.Begin<double>();
        foreach (long steps in new[] { (1L << 31) - 2, 1L << 53, long.MaxValue - 40 })
        {
            var late = Optimizer.Restore(first.Rule, steps, first.Parameters, first.Slots, first.Scalars);
            Assert.All(late.Hyperparameters, pair => Assert.False(double.IsNaN(pair.Value), pair.Key));
            Assert.Equal(steps + s.Gradients.Length, Optimizer.Fold(late, s.GradientsOf<double>()).StepCount);
        }
    }, 60);

    /// <summary>No momentum at all keeps no slot; a momentum that is 0 at this step does.</summary>
    private static bool IsMomentum(KeyValuePair<string, double> pair) => pair.Value == 0 && pair.Key.EndsWith("Momentum", StringComparison.Ordinal);

    [Fact]
    public void Law_17_and_18_clipping_what_a_tree_leads_to_is_one_factor_and_once_is_enough() => Law.Check(
        output, Scenario.OfTrees(2, (draw, _) => AnyRule.ToFollow(draw, () => AnyRule.Tree(draw, 2)).Then(new Tap()).Then(new ClipByGlobalNorm(draw.Of(1e-3, 1, 1e6))).Then(new Tap())), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var rules = ((Chain)s.Rule).Rules;
            var clip = (ClipByGlobalNorm)rules[^2];
            bool finite = true;
            foreach (var state in Optimizer.Scan(s.Begin<T>(), s.GradientsOf<T>()).Skip(1))
            {
                var taps = state.Slots.Where(slot => slot.Key.StartsWith("tap", StringComparison.Ordinal)).TakeLast(2).Select(slot => slot.Value).ToList();
                double norm = taps[0].Norm(), limit = clip.MaxNorm.At(0);
                finite &= double.IsFinite(norm);
                if (!finite || Math.Abs(norm - limit) <= 2e-6 * limit || (typeof(T) == typeof(float) && limit / norm < 1e-36))
                {
                    // At the limit, to rounding, either way is right; a factor among the subnormal floats has few digits.
                    continue;
                }

                Assert.True(taps[1].Norm() <= limit * (1 + 1e-6));
                double factor = norm > limit ? limit / (norm + clip.Epsilon.At(0)) : 1;
                for (int i = 0; i < s.Layout.Length; i++)
                {
                    Same.Close(
                        factor * double.CreateTruncating(taps[0].Span[i]), double.CreateTruncating(taps[1].Span[i]), typeof(T) == typeof(float) ? 2e-6 : 1e-13,
                        typeof(T) == typeof(float) ? 1e-38 : 1e-300, "clipped", i);
                }
            }

            // An infinite norm makes zeros and NaN, and NaN all NaN: that is not clipping.
            if (finite)
            {
                Same.Bits(s.Run<T>().Parameters, s.Run<T>(new Chain([.. rules.SkipLast(1), clip, rules[^1]])).Parameters);
            }
        }
    }, 60);

    [Fact]
    public void Law_45_with_rho_0_SAM_around_a_tree_is_the_tree() => Law.Check(output, Scenario.OfTrees(2, (_, tree) => new Sam(tree) { Rho = 0 }), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var (sam, tree) = (s.Begin<T>(), Optimizer.Init(((Sam)s.Rule).Inner, s.StartOf<T>()));
            foreach (var gradient in s.GradientsOf<T>())
            {
                sam = Optimizer.StepOn(sam, _ => Tuple.Create(1.0, gradient)).Item1;
                tree = Optimizer.StepOn(tree, _ => Tuple.Create(1.0, gradient)).Item1;
                Same.Bits(tree.Parameters, sam.Parameters);
                Assert.Equal(tree.Slots, sam.Slots);
                Assert.Equal(tree.Scalars, sam.Scalars);
            }
        }
    }, 60);

    private static Rule Nest(Draw draw, Rule rule, int depth) => depth == 0 ? rule : Nest(
        draw,
        draw.Integer(0, 5) switch
        {
            0 => new Accumulate(rule, draw.Integer(1, 4)),
            1 => new ApplyIfFinite(rule),
            2 => new Lookahead(rule) { SyncPeriod = draw.Integer(1, 4) },
            3 => new Freeze(rule, AnyRule.Tensors(draw)),
            4 => new Partition(new ParameterGroup(AnyRule.Tensors(draw), rule), new ParameterGroup(TensorSelector.All, rule)),
            _ => new Chain(rule, new Identity()),
        },
        depth - 1);

    /// <summary>Null where it is refused: other values may be out of range or go with other slots.</summary>
    private static R? Try<R>(Func<R> make)
        where R : class
    {
        try
        {
            return make();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Keeps the update as it passes.</summary>
    private sealed record Tap : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("tap")];

        public override Composition DeclareComposition() => new() { OnlyWatches = true };

        public override void Prepare<T>(Plan<T> plan) => plan.Apply(default(TapFormula<T>));
    }

    private readonly struct TapFormula<T> : IFormula<T>
        where T : unmanaged
    {
        public static int SlotCount => 1;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            slots.Write(0, update);
            return update;
        }
    }
}
