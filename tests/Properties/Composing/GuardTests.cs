using System.Numerics;
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Composing;

/// <summary>Law 53: guards and loss scaling around rules that evaluate the objective.</summary>
public class GuardTests(ITestOutputHelper output)
{
    private const double Rate = 0.1, Momentum = 0.5, Rho = 0.3;

    private static readonly Rule Searching = new Sam(new Sgd { LearningRate = Rate, Momentum = Momentum }) { Rho = Rho };

    [Fact]
    public void Law_53_a_later_evaluation_that_is_not_finite_counts_as_a_first_one()
    {
        int refused = 0;
        Law.Check(output, AnyGuarded(), s =>
        {
            Check<float>(s);
            Check<double>(s);
        }, 300);
        Assert.True(refused > 100, $"too few evaluations were refused: {refused}");

        void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            int before = s.Gradients.Length % 5;
            var state = s.Begin<T>();
            for (int t = 0; t < before; t++)
            {
                if (Stepped(state, new Unreliable<T>(_ => false) { Scale = ScaleOf(state) }) is not { } next)
                {
                    return;
                }

                state = next;
            }

            var later = new Unreliable<T>(evaluation => evaluation == 1) { Scale = ScaleOf(state) };
            var copy = Optimizer.Restore(state.Rule, state.StepCount, state.Parameters.Copy(), state.Slots, state.Scalars);
            if (Stepped(state, later) is not { } met || later.Evaluations < 2 || s.Start.Length == 0)
            {
                return;
            }

            if (IsTolerant(s.Rule))
            {
                // It takes the point for one that is too far out, or worse than any other, and goes on: no guard counts it.
                Assert.True(met.Parameters.IsFinite);
                Assert.All(met.Scalars, x => Assert.True(!IsCount(x.Key) || x.Value == state.Scalars[x.Key], x.Key));
                return;
            }

            var (loss, gradient) = new Unreliable<T>(_ => true) { Scale = ScaleOf(state) }.At(state.Parameters);
            var first = Optimizer.Step(state, gradient, loss, objective: new Unreliable<T>(_ => false) { Scale = ScaleOf(state) }.At).Item1;
            Same.Bits(first, met);
            Same.Bits(met, Stepped(copy.Donate(), new Unreliable<T>(evaluation => evaluation == 1) { Scale = ScaleOf(state) })!);
            refused++;
        }
    }

    [Fact]
    public void Law_53_in_place_guards_see_the_same_and_do_the_same() => Law.Check(output, AnyGuarded(), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var state = s.Begin<T>();
            T[] parameters = s.StartOf<T>().ToArray(), gradient = new T[parameters.Length];
            Memory<T>[] memory = [.. s.Layout.Select((shape, i) => parameters.AsMemory(s.Layout.OffsetOf(i), shape.Length))];
            ReadOnlyMemory<T>[] gradients = [.. s.Layout.Select((shape, i) => (ReadOnlyMemory<T>)gradient.AsMemory(s.Layout.OffsetOf(i), shape.Length))];
            using var inPlace = new InPlaceState<T>(s.Rule, s.Layout, memory, gradients);
            Unreliable<T> one = new(IsBad), other = new(IsBad);
            for (int t = 0; t < 8; t++)
            {
                one.Scale = other.Scale = ScaleOf(state);
                if (Stepped(state, one) is not { } next)
                {
                    Assert.ThrowsAny<ArithmeticException>(() => inPlace.StepOn(Objective));
                    Same.Bits(state.Parameters.Span, parameters, "parameters");
                    return;
                }

                state = next;
                inPlace.StepOn(Objective);
                Same.Bits(state, inPlace.Snapshot());
                Same.Bits(state.Parameters.Span, parameters, "parameters");
            }

            double Objective()
            {
                var (loss, at) = other.At(TensorSet.OfValues<T>(s.Layout, parameters));
                at.Span.CopyTo(gradient);
                return loss;
            }

            bool IsBad(int evaluation) => (evaluation * 7) % 5 == s.Gradients.Length % 5;
        }
    }, 150);

    [Fact]
    public void Law_53_skipped_evaluations_follow_a_loop_in_plain_numbers() => Law.Check(output, AnyRun(), s =>
    {
        var bad = s.Gradients[0].Select(x => x > 4).ToArray();
        double[] p = [.. s.Start], v = new double[p.Length];
        int evaluations = 0, skipped = 0, inARow = 0;
        var (state, objective) = (Optimizer.Init(new ApplyIfFinite(Searching), s.StartOf<double>()), new Unreliable<double>(i => bad[i % bad.Length]));
        var (single, same) = (Optimizer.Init(new ApplyIfFinite(Searching), s.StartOf<float>()), new Unreliable<float>(i => bad[i % bad.Length]));
        for (int t = 0; t < 20; t++)
        {
            double[]? g = Evaluated(p) is { } first ? Evaluated(Worst(p, first)) : null;
            (skipped, inARow) = g is null ? (skipped + 1, inARow + 1) : (skipped, 0);
            Move(p, v, g, Rate);
            (state, single) = (Optimizer.StepOn(state, objective.At).Item1, Optimizer.StepOn(single, same.At).Item1);
            Same.Close(p, state.Parameters.ToArray(), 1e-11, 1);
            Same.Close(p, Array.ConvertAll(single.Parameters.ToArray(), x => (double)x), 1e-3, 1);
            Assert.Equal([skipped, inARow], state.Scalars.Values);
            Assert.Equal([skipped, inARow], single.Scalars.Values);
        }

        double[]? Evaluated(double[] at) => bad[evaluations++ % bad.Length] ? null : Gradient(at);
    }, 60);

    [Fact]
    public void Law_53_a_return_follows_a_loop_in_plain_numbers() => Law.Check(output, AnyRun(), s =>
    {
        var bad = s.Gradients[0].Select(x => x > 4).ToArray();
        double[] p = [.. s.Start], v = new double[p.Length], goodP = [.. p], goodV = [.. v];
        double rate = Rate;
        int evaluations = 0, returns = 0;
        var rule = new RollbackOnDivergence(Searching) { LossFactor = double.PositiveInfinity, MaxRollbacks = int.MaxValue, RateShrink = 0.75 };
        var (state, objective) = (Optimizer.Init(rule, s.StartOf<double>()), new Unreliable<double>(i => bad[i % bad.Length]));
        for (int t = 0; t < 20; t++)
        {
            double[]? g = Evaluated(p) is { } first ? Evaluated(Worst(p, first)) : null;
            if (g is null)
            {
                (p, v, rate, returns) = ([.. goodP], [.. goodV], rate * 0.75, returns + 1);
            }
            else
            {
                (goodP, goodV) = ([.. p], [.. v]);
                Move(p, v, g, rate);
            }

            state = Optimizer.StepOn(state, objective.At).Item1;
            Same.Close(p, state.Parameters.ToArray(), 1e-11, 1);
            Assert.Equal(returns, state.Scalars["rollbacks"]);
        }

        double[]? Evaluated(double[] at) => bad[evaluations++ % bad.Length] ? null : Gradient(at);
    }, 60);

    [Fact]
    public void Law_53_loss_scaling_cancels_to_the_bit_for_powers_of_two() => Law.Check(output, AnyOnObjective(), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var rule = new DynamicLossScaling(s.Rule) { InitialScale = Math.ScaleB(1, s.Gradients.Length % 16), GrowthInterval = 3 };
            var (plain, scaled) = (s.Begin<T>(), Optimizer.Init(rule, s.StartOf<T>()));
            for (int t = 0; t < 8; t++)
            {
                var objective = new Unreliable<T>(_ => false) { Scale = scaled.Scalars["loss_scale"] };
                if (Stepped(plain, new Unreliable<T>(_ => false)) is not { } next || !(next.Parameters.Norm() < 1e6))
                {
                    return;
                }

                (plain, scaled) = (next, Optimizer.StepOn(scaled, objective.At).Item1);
                Same.Bits(plain.Parameters, scaled.Parameters);
                Assert.Equal(plain.Slots, scaled.Slots);
                Assert.Equal(plain.Scalars.Values, scaled.Scalars.Values.SkipLast(3));
            }
        }
    }, 150);

    [Fact]
    public void Law_53_loss_scaling_cancels_within_rounding_for_any_scale() => Law.Check(output, AnyRun(), s =>
    {
        foreach (Rule rule in new[] { Searching, new Lbfgs { MaxIterations = 2 } })
        {
            var scaling = new DynamicLossScaling(rule) { InitialScale = 1000 * (1 + Math.Abs(s.Start[0])) };
            var (plain, scaled) = (Optimizer.Init(rule, s.StartOf<double>()), Optimizer.Init(scaling, s.StartOf<double>()));
            for (int t = 0; t < 4; t++)
            {
                plain = Optimizer.StepOn(plain, Bowl.Objective).Item1;
                scaled = Optimizer.StepOn(scaled, new Unreliable<double>(_ => false) { Scale = scaled.Scalars["loss_scale"] }.At).Item1;
                Same.Close(plain.Parameters.ToArray(), scaled.Parameters.ToArray(), 1e-7, 1);
            }
        }
    }, 60);

    [Fact]
    public void An_overflow_at_a_later_evaluation_makes_the_scale_smaller()
    {
        var state = Optimizer.Init(new DynamicLossScaling(Searching) { InitialScale = 1024 }, TensorSet.OfArray([1.0]));
        var next = Optimizer.StepOn(state, new Unreliable<double>(evaluation => evaluation == 1) { Scale = 1024 }.At).Item1;
        Assert.Equal(state.Parameters, next.Parameters);
        Assert.Equal([512.0, 0, 1], next.Scalars.Values);
    }

    [Fact]
    public void Where_a_policy_throws_a_later_evaluation_ends_the_step_and_the_state_is_as_before()
    {
        var start = TensorSet.OfArray([1.0, 2]);
        foreach (var (rule, text) in new (Rule, string)[]
        {
            (new ApplyIfFinite(Searching) { Policy = NonFinitePolicy.Throw }, "ApplyIfFinite: the gradient must be finite, was not at step 1, after 0 such steps in a row."),
            (new ApplyIfFinite(Searching) { MaxSkips = 0 }, "ApplyIfFinite: the gradient must be finite"),
            (new RollbackOnDivergence(Searching) { MaxRollbacks = 0 }, "RollbackOnDivergence: step 1 is divergent after 0 returns"),
        })
        {
            var state = Optimizer.StepOn(Optimizer.Init(rule, start), Bowl.Objective).Item1;
            var copy = Optimizer.Restore(rule, 1, state.Parameters.Copy(), state.Slots, state.Scalars);
            Refused.With<ArithmeticException>(text, () => Optimizer.StepOn(state.Donate(), new Unreliable<double>(evaluation => evaluation == 1).At));
            Assert.Equal(copy, state);
        }
    }

    [Fact]
    public void What_is_let_pass_is_counted_once_whatever_a_guard_inside_makes_of_it()
    {
        var start = TensorSet.OfArray([1.0]);
        var passing = Optimizer.StepOn(Optimizer.Init(new ApplyIfFinite(Searching) { Policy = NonFinitePolicy.Propagate }, start), new Unreliable<double>(i => i == 1).At).Item1;
        Assert.Equal([1.0, 1], passing.Scalars.Values);
        Assert.False(passing.Parameters.IsFinite);

        // Outside it is counted and let pass; inside it is skipped.
        var both = new ApplyIfFinite(new ApplyIfFinite(Searching)) { Policy = NonFinitePolicy.Propagate };
        var state = Optimizer.StepOn(Optimizer.Init(both, start), new Unreliable<double>(i => i == 1).At).Item1;
        Assert.Equal([1.0, 1, 1, 1], state.Scalars.Values);
        Assert.Equal(start, state.Parameters);
    }

    [Fact]
    public void A_loss_that_is_not_finite_at_a_later_evaluation_is_divergent()
    {
        var state = Optimizer.Init(new RollbackOnDivergence(Searching), TensorSet.OfArray([1.0]));
        int evaluations = 0;
        var next = Optimizer.StepOn(state, p => Tuple.Create(evaluations++ == 1 ? double.NaN : 1, p)).Item1;
        Assert.Equal((1, 1.0), (next.Scalars["rollbacks"], next.Parameters.Span[0]));
    }

    [Fact]
    public void A_wrapper_of_ones_own_has_the_objective_seen_as_the_gradient_is()
    {
        var start = TensorSet.OfArray([0.5, -1]);
        var (wrapped, plain) = (Optimizer.Init(new Trebled(new Sam()), start), Optimizer.Init(new Sam(), start));
        for (int t = 0; t < 5; t++)
        {
            wrapped = Optimizer.StepOn(wrapped, Bowl.Objective).Item1;
            plain = Optimizer.StepOn(plain, new Unreliable<double>(_ => false) { Scale = 3 }.At).Item1;
            Same.Bits(plain.Parameters, wrapped.Parameters);
        }
    }

    private static FsCheck.Arbitrary<Scenario> AnyGuarded() => Scenario.From(
        draw =>
        {
            var tree = AnyRule.TreeOnObjective(draw);
            tree = draw.Integer(0, 3) switch
            {
                0 => new DynamicLossScaling(tree) { InitialScale = draw.Of(1, 8, 1000), GrowthInterval = draw.Integer(1, 4) },
                1 => new ApplyIfFinite(tree),
                2 => new RollbackOnDivergence(tree) { MaxRollbacks = int.MaxValue },
                _ => new ApplyIfFinite(new DynamicLossScaling(tree)) { Policy = NonFinitePolicy.Propagate },
            };
            return tree;
        },
        draw => draw.Plain() / 3, (1, 20));

    private static FsCheck.Arbitrary<Scenario> AnyOnObjective() => Scenario.From(draw => AnyRule.TreeOnObjective(draw), draw => draw.Plain() / 3, (1, 20));

    /// <summary>A start near the bowl's bottom, and numbers that say which evaluations are bad.</summary>
    private static FsCheck.Arbitrary<Scenario> AnyRun() => Cases.Of(draw =>
    {
        int length = draw.Integer(1, 6);
        return new Scenario(Searching, [length], draw.Numbers(length, () => draw.Plain() / 10), [[-1, .. draw.Numbers(draw.Integer(1, 9), draw.Plain)]]);
    });

    /// <summary>The state after a step; null where the rule does not go on.</summary>
    private static OptimizerState<T>? Stepped<T>(OptimizerState<T> state, Unreliable<T> objective)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        try
        {
            return Optimizer.StepOn(state, objective.At).Item1;
        }
        catch (ArithmeticException)
        {
            return null;
        }
    }

    private static double ScaleOf<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> => state.Scalars.Where(x => x.Key.StartsWith("loss_scale", StringComparison.Ordinal)).Aggregate(1.0, (product, x) => product * x.Value);

    private static bool IsTolerant(Rule rule) =>
        rule is RandomSearch or OwlQn or Lbfgs { LineSearch: not FixedStep } or LbfgsB { LineSearch: not FixedStep } or GradientDescent { LineSearch: not FixedStep } or NonlinearConjugateGradient { LineSearch: not FixedStep } || rule.DeclareInner().Any(inner => IsTolerant(inner.Rule));

    private static bool IsCount(string scalar) =>
        new[] { "nonfinite_count", "rollbacks", "skipped_steps" }.Any(name => scalar.StartsWith(name, StringComparison.Ordinal));

    private static double[] Gradient(double[] p) => Array.ConvertAll(p, x => x + (x * x * x));

    private static double[] Worst(double[] p, double[] g)
    {
        double norm = Math.Sqrt(g.Sum(x => x * x)) + 1e-12;
        return [.. p.Zip(g, (x, slope) => x + (Rho / norm * slope))];
    }

    /// <summary>PyTorch's momentum.</summary>
    private static void Move(double[] p, double[] v, double[]? g, double rate)
    {
        for (int i = 0; g is not null && i < p.Length; i++)
        {
            v[i] = (Momentum * v[i]) + g[i];
            p[i] -= rate * v[i];
        }
    }

    /// <summary>The rule inside on three times the gradient.</summary>
    private sealed record Trebled(Rule Rule) : Wrapper(Rule)
    {
        public override void Prepare<T>(Plan<T> plan)
        {
            plan.Apply(new ScaleFormula<T>(3));
            plan.Prepare(Inner, plan.Clock, 3 * plan.Loss, (loss, gradient) => Tuple.Create(3 * loss, gradient.Scale(T.CreateChecked(3))));
        }
    }
}
