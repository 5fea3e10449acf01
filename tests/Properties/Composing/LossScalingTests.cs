using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;
using static Optim.Properties.Composing.UnreliableRuns;

namespace Optim.Properties.Composing;

/// <summary>Law 53: loss scaling around rules that evaluate the objective.</summary>
public class LossScalingTests(ITestOutputHelper output)
{
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

    private static FsCheck.Arbitrary<Scenario> AnyOnObjective() => Scenario.From(draw => AnyRule.TreeOnObjective(draw), draw => draw.Plain() / 3, (1, 20));
}
