using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>D-Adaptation around any rule.</summary>
public class DAdaptationTests(ITestOutputHelper output)
{
    [Fact]
    public void Around_gradient_descent_it_is_the_preset_but_for_rounding() => Law.Check(
        output, Scenario.From(draw => new DAdaptSgd { LearningRate = draw.Of<Schedule>(1, 0.5, Schedule.Linear(0.1, 1, 10)), InitialDistance = draw.Of(1e-6, 0.1), GrowthRate = draw.Of(1.5, double.PositiveInfinity) }, draw => draw.Moderate(), (5, 25)), s =>
        {
            var rule = (DAdaptSgd)s.Rule;
            var preset = s.Begin<double>();
            var around = Optimizer.Init(new DAdaptation(new Sgd { LearningRate = rule.LearningRate }) { InitialDistance = rule.InitialDistance, GrowthRate = rule.GrowthRate }, s.StartOf<double>());
            double[] largest = Array.ConvertAll(s.Start, Math.Abs);
            foreach (var gradient in s.GradientsOf<double>())
            {
                (preset, around) = (preset.Step(gradient).Item1, around.Step(gradient).Item1);
                Same.Close(preset.Scalars["d"], around.Scalars["d"], 1e-10);
                for (int i = 0; i < largest.Length; i++)
                {
                    largest[i] = Math.Max(largest[i], Math.Abs(preset.Parameters.Span[i]));
                    Same.Close(preset.Parameters.Span[i], around.Parameters.Span[i], 1e-9, largest[i], "parameter", i);
                }
            }
        });

    [Fact]
    public void On_a_convex_bowl_d_is_never_more_than_the_distance_whatever_the_steps_are() => Assert.All(
        new Rule[] { new Adam { LearningRate = 1, Beta1 = 0 }, new Lion { LearningRate = 1, Beta1 = 0 }, new SignSgd { LearningRate = 1 }, new AdaGrad { LearningRate = 1 } },
        rule =>
        {
            var start = TensorSet.OfArray([3.0, -2, 0.5]);
            var state = Optimizer.Init(new DAdaptation(rule) { PerElement = true }, start);
            for (int t = 0; t < 300; t++)
            {
                state = state.Step(TensorSet.OfArray([state.Parameters.Span[0], 4 * state.Parameters.Span[1], 0.1 * state.Parameters.Span[2]])).Item1;
                Assert.InRange(state.Scalars["d"], 1e-6, 3 * (1 + 1e-12));
            }

            Assert.True(state.Scalars["d"] > 0.1, $"{rule}: d is {state.Scalars["d"]}");
        });

    [Fact]
    public void Around_the_sign_it_follows_a_loop_in_plain_numbers_in_either_norm() => Law.Check(
        output,
        Scenario.From(
            draw => new DAdaptation(new SignSgd { LearningRate = draw.Of(1, 0.5), Momentum = 0 }) { PerElement = draw.Coin(), InitialDistance = draw.Of(1e-6, 0.1), GrowthRate = draw.Of(1.5, double.PositiveInfinity) },
            draw => draw.Moderate(), (5, 25)),
        s =>
        {
            var rule = (DAdaptation)s.Rule;
            double rate = ((SignSgd)rule.Inner).LearningRate.At(0), d = rule.InitialDistance, r = 0, first = 0, total = 0;
            double[] p = [.. s.Start], way = new double[p.Length], z = new double[p.Length], largest = Array.ConvertAll(p, Math.Abs);
            var state = s.Begin<double>();
            foreach (double[] g in s.Gradients)
            {
                state = state.Step(s.Set<double>(g)).Item1;
                first = first == 0 ? Math.Sqrt(g.Sum(x => x * x)) : first;
                if (first == 0)
                {
                    continue;
                }

                double step = rule.PerElement ? d : d / first, weight = rate * step;
                total += weight * g.Sum(Math.Abs);
                r += weight * g.Zip(way, (x, y) => x * y).Sum();
                for (int i = 0; i < p.Length; i++)
                {
                    double u = step * rate * Math.Sign(g[i]);
                    (way[i], z[i], p[i]) = (way[i] + u, Math.FusedMultiplyAdd(weight, g[i], z[i]), p[i] - u);
                    largest[i] = Math.Max(largest[i], Math.Abs(p[i]));
                    Same.Close(p[i], state.Parameters.Span[i], 1e-9, largest[i], "parameter", i);
                }

                double norm = rule.PerElement ? z.Sum(Math.Abs) : Math.Sqrt(z.Sum(x => x * x));
                if (norm < 1e-6 * total)
                {
                    // The gradients have cancelled: what is left of them is rounding.
                    return;
                }

                double bound = (rule.PerElement ? 1 : 2) * r / norm;
                d = Math.Max(d, Math.Min(bound, rule.GrowthRate * d));
                Same.Close(d, state.Scalars["d"], 1e-9);
            }
        });

    [Fact]
    public void Nothing_moves_before_the_first_gradient()
    {
        var start = TensorSet.OfArray([1.0, 2]);
        var state = Optimizer.Init(new DAdaptation(new Sgdw { LearningRate = 1, WeightDecay = 0.5 }), start).Step(TensorSet.OfArray([0.0, 0])).Item1;
        Assert.Equal(start, state.Parameters);
    }

    [Fact]
    public void A_step_that_throws_leaves_everything_as_it_was_also_where_it_is_taken_in_place()
    {
        var rule = new DAdaptation(new Sgd { LearningRate = 1 }.Then(new Failing()));
        var state = Optimizer.Init(rule, TensorSet.OfArray([1.0, -2])).Step(TensorSet.OfArray([1.0, 2])).Item1;
        var before = Optimizer.Restore(state.Rule, state.StepCount, state.Parameters, state.Slots, state.Scalars);
        Assert.Throws<ArithmeticException>(() => state.Step(TensorSet.OfArray([1.0, Failing.Bad])));
        Assert.Throws<ArithmeticException>(() => state.Donate().Step(TensorSet.OfArray([1.0, Failing.Bad])));
        Same.Bits(before.Parameters, state.Parameters);
        Assert.Equal(before.Slots, state.Slots);
        Assert.Equal(before.Scalars, state.Scalars);

        double[] values = [1, -2], gradient = [1, 2];
        using var inPlace = new InPlaceState<double>(rule, state.Parameters.Layout, [values], [gradient]);
        inPlace.Step();
        gradient[1] = Failing.Bad;
        Assert.Throws<ArithmeticException>(() => inPlace.Step());
        Assert.Equal(before.Parameters.ToArray(), values);
        Assert.Equal(before.Slots, inPlace.Snapshot().Slots);
        Assert.Equal(before.Scalars, inPlace.Snapshot().Scalars);
    }

    [Fact]
    public void What_cannot_be_inside_is_refused()
    {
        var start = TensorSet.OfArray([1.0]);
        Refused.With<ArgumentException>("DAdaptation cannot hold Prodigy, which finds its distance itself", () => Optimizer.Init(new DAdaptation(new Prodigy()), start));
        Refused.With<ArgumentException>("DAdaptation cannot hold DAdaptSgd, which rebuilds the parameters from sums of its own", () => Optimizer.Init(new DAdaptation(new Lookahead(new DAdaptSgd()).Inner), start));
        Refused.With<ArgumentException>("DAdaptation cannot hold Dog, which finds its distance itself", () => Optimizer.Init(new DAdaptation(new Dog()), start));
        Refused.With<ArgumentException>("DAdaptation cannot hold Lookahead, which keeps slow weights", () => Optimizer.Init(new DAdaptation(new Lookahead()), start));
        Refused.With<ArgumentException>("DAdaptation cannot hold Sam, which evaluates the objective itself", () => Optimizer.Init(new DAdaptation(new Sam()), start));
        Refused.With<ArgumentException>("ProjectOntoBox must not stand behind DAdaptation", () => Optimizer.Init(new DAdaptation().Then(new ProjectOntoBox()), start));
        Refused.With<ArgumentException>("DAdaptation cannot hold a rule whose rate depends on the run", () => Optimizer.Init(new DAdaptation(new Sgd { LearningRate = Schedule.ReduceOnPlateau(0.1) }), start));
    }

    /// <summary>Hands the update on, and throws at one number in it.</summary>
    private sealed record Failing : Rule
    {
        public const double Bad = 77;

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(0, context =>
        {
            if (context.Update.Contains(T.CreateTruncating(Bad)))
            {
                throw new ArithmeticException("bad");
            }
        });
    }
}
