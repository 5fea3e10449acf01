using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 19, and the life of a scale.</summary>
public class DynamicLossScalingTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([3.0, -4]);

    private static readonly string[] Own = ["loss_scale", "growth_tracker", "skipped_steps"];

    [Fact]
    public void Scaled_gradients_step_as_plain_ones_to_the_bit() => Law.Check(output, Scenario.From(AnyScaling, draw => draw.Moderate()), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var plain = Optimizer.Init(((DynamicLossScaling)s.Rule).Inner, s.StartOf<T>());
            var scaled = s.Begin<T>();
            foreach (var gradient in s.GradientsOf<T>())
            {
                plain = plain.Step(gradient).Item1;
                scaled = scaled.Donate().Step(gradient.Scale(T.CreateTruncating(scaled.Scalars["loss_scale"]))).Item1;
                SameInside(plain, scaled);
            }
        }
    }, 60);

    [Fact]
    public void Law_19_a_gradient_that_is_not_finite_changes_nothing_inside_and_the_run_goes_on_as_if_it_had_not_been() =>
        Law.Check(output, Scenario.From(AnyScaling, draw => draw.Moderate()), s =>
        {
            Check<float>(s);
            Check<double>(s);

            static void Check<T>(Scenario s)
                where T : unmanaged, IFloatingPointIeee754<T>
            {
                var plain = Optimizer.Init(((DynamicLossScaling)s.Rule).Inner, s.StartOf<T>());
                var scaled = s.Begin<T>();
                int t = 0, skipped = 0;
                foreach (var gradient in s.GradientsOf<T>())
                {
                    T scale = T.CreateTruncating(scaled.Scalars["loss_scale"]);
                    if (s.Start.Length > 0 && t++ % 3 == 1)
                    {
                        T[] overflowed = gradient.Scale(scale).ToArray();
                        overflowed[t % overflowed.Length] = t % 2 == 0 ? T.NaN : T.NegativeInfinity;
                        var before = scaled;
                        scaled = scaled.Step(TensorSet.OfValues<T>(s.Layout, overflowed)).Item1;
                        SameInside(plain, scaled);
                        Same.Bits(before.EvaluationParameters, scaled.EvaluationParameters);
                        Assert.Equal(before.Scalars["loss_scale"] * ((DynamicLossScaling)s.Rule).BackoffFactor, scaled.Scalars["loss_scale"]);
                        Assert.Equal(++skipped, scaled.Scalars["skipped_steps"]);
                        continue;
                    }

                    plain = plain.Step(gradient).Item1;
                    scaled = scaled.Donate().Step(gradient.Scale(scale)).Item1;
                    SameInside(plain, scaled);
                }
            }
        }, 60);

    [Fact]
    public void The_scale_grows_after_so_many_finite_gradients_in_a_row_and_shrinks_at_one_that_is_not()
    {
        var rule = new DynamicLossScaling { Inner = new Sgd(), InitialScale = 8, GrowthInterval = 3 };
        var state = Optimizer.Init(rule, Start);
        var bad = TensorSet.OfArray([1.0, double.PositiveInfinity]);
        TensorSet<double>[] gradients = [Start, Start, Start, Start, Start, bad, Start, Start, Start, bad, bad];
        Assert.Equal([8, 8, 8, 16, 16, 16, 8, 8, 8, 16, 8, 4], Optimizer.Scan(state, gradients).Select(x => x.Scalars["loss_scale"]));
        Assert.Equal([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 0], Optimizer.Scan(state, gradients).Select(x => x.Scalars["growth_tracker"]));
        Assert.Equal(3, Optimizer.Fold(state, gradients).Scalars["skipped_steps"]);
    }

    [Fact]
    public void A_scale_stays_among_the_normal_numbers()
    {
        var grow = new DynamicLossScaling { GrowthInterval = 1 };
        var zero = TensorSet.OfArray([0f]);
        Assert.Equal(Math.ScaleB(1, 127), Optimizer.Fold(Optimizer.Init(grow, zero), 300, _ => zero).Scalars["loss_scale"]);
        Assert.Equal(Math.ScaleB(1, -126), Optimizer.Fold(Optimizer.Init(grow, zero), 300, _ => TensorSet.OfArray([float.NaN])).Scalars["loss_scale"]);
        Assert.Equal(Math.ScaleB(1, 300), Optimizer.Fold(Optimizer.Init(grow, Start), 284, _ => Start.Scale(0)).Scalars["loss_scale"]);
    }

    [Fact]
    public void Schedules_inside_count_the_steps_taken_inside()
    {
        var rule = new DynamicLossScaling { Inner = new Sgd { LearningRate = Schedule.Table([1, 0.5, 0.25]) }, InitialScale = 1, BackoffFactor = 1 };
        var one = TensorSet.OfArray([1.0]);
        var state = Optimizer.Fold(Optimizer.Init(rule, TensorSet.OfArray([0.0])), [one, TensorSet.OfArray([double.NaN]), one, one]);
        Assert.Equal([-1.75], state.Parameters.ToArray());
        Assert.Equal(4, state.StepCount);
    }

    private static Rule AnyScaling(Draw draw) => new DynamicLossScaling
    {
        Inner = draw.Coin() ? AnyRule.Inner(draw) : new Lookahead { Inner = AnyRule.Inner(draw), SyncPeriod = draw.Integer(1, 3) },
        InitialScale = Math.ScaleB(1, draw.Integer(0, 20)), GrowthInterval = draw.Integer(1, 6), GrowthFactor = draw.Of(1, 2, 4), BackoffFactor = draw.Of(0.25, 0.5, 1),
    };

    private static void SameInside<T>(OptimizerState<T> plain, OptimizerState<T> scaled)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Same.Bits(plain.Parameters, scaled.Parameters, "parameters");
        Assert.Equal(plain.Slots.Keys, scaled.Slots.Keys);
        Assert.All(plain.Slots, slot => Same.Bits(slot.Value, scaled.Slots[slot.Key], slot.Key));
        Assert.Equal(plain.Scalars, scaled.Scalars.Where(scalar => !Own.Contains(scalar.Key)));
    }
}
