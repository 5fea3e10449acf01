using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Law 19.</summary>
public class ApplyIfFiniteTests(ITestOutputHelper output)
{
    private static readonly double[] Bad = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    [Fact]
    public void Law_19_a_gradient_that_is_not_finite_never_was() => Law.Check(output, Scenario.OfTrees(2, (_, inner) => new ApplyIfFinite(inner)), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var inner = Optimizer.Init(((ApplyIfFinite)s.Rule).Inner, s.StartOf<T>());
            var (pure, donated) = (s.Begin<T>(), s.Begin<T>());
            int skipped = 0, inARow = 0, t = 0;
            foreach (var gradient in s.GradientsOf<T>())
            {
                bool bad = s.Start.Length > 0 && t++ % 3 == 1;
                var given = bad ? Spoilt(gradient, t) : gradient;
                (skipped, inARow) = bad ? (skipped + 1, inARow + 1) : (skipped, 0);
                pure = pure.Step(given).Item1;
                donated = donated.Donate().Step(given).Item1;
                inner = bad ? inner : inner.Step(gradient).Item1;
                foreach (var state in new[] { pure, donated })
                {
                    Same.Bits(inner.Parameters, state.Parameters);
                    Same.Bits(inner.EvaluationParameters, state.EvaluationParameters);
                    Assert.Equal(inner.Slots, state.Slots);
                    Assert.Equal([.. inner.Scalars.Values, skipped, inARow], state.Scalars.Values);
                    Assert.Equal(
                        inner.Hyperparameters, state.Hyperparameters.Where(pair => pair.Key.StartsWith("inner.", StringComparison.Ordinal))
                            .ToDictionary(pair => pair.Key["inner.".Length..], pair => pair.Value));
                }
            }
        }
    }, 100);

    [Fact]
    public void Finite_numbers_whose_norm_overflows_are_finite()
    {
        var state = Optimizer.Init(new ApplyIfFinite(new Sgd { LearningRate = 1 }), TensorSet.OfArray([0.0, 0]));
        Assert.Equal([-double.MaxValue, -double.MaxValue], state.Step(TensorSet.OfArray([double.MaxValue, double.MaxValue])).Item2.ToArray());
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void Throwing_leaves_the_state_as_it_was(double bad)
    {
        var state = Optimizer.Init(new Chain(new ScaleByMomentum(), new ApplyIfFinite { Policy = NonFinitePolicy.Throw }), TensorSet.OfArray([1.0, 2])).Step(TensorSet.OfArray([1.0, 1])).Item1;
        var twin = Optimizer.Restore(state.Rule, state.StepCount, state.Parameters.Copy(), state.Slots, state.Scalars);
        Refused.With<ArithmeticException>("ApplyIfFinite: the gradient must be finite, was not at step 1", () => state.Donate().Step(TensorSet.OfArray([1, bad])));
        Assert.Equal(twin, state);
    }

    [Fact]
    public void Propagating_is_the_rule_inside_and_counts() => Law.Check(
        output, Scenario.OfTrees(1, number: draw => draw.OneIn(20) ? draw.Of(Bad) : draw.Wide()), s =>
    {
        var wrapped = s.Run<double>(new ApplyIfFinite(s.Rule) { Policy = NonFinitePolicy.Propagate });
        Same.Bits(s.Run<double>().Parameters, wrapped.Parameters);
        Assert.Equal(s.Gradients.Count(g => !g.All(double.IsFinite)), wrapped.Scalars.Values.SkipLast(1).Last());
    }, 60);

    [Fact]
    public void Too_many_in_a_row_end_the_run()
    {
        var state = Optimizer.Init(new ApplyIfFinite { MaxSkips = 2 }, TensorSet.OfArray([1.0]));
        var bad = TensorSet.OfArray([double.NaN]);
        state = state.Step(bad).Item1.Step(bad).Item1;
        Refused.With<ArithmeticException>("after 2 such steps in a row", () => state.Step(bad));
        Assert.Equal(0, state.Step(TensorSet.OfArray([1.0])).Item1.Scalars["nonfinite_in_a_row"]);
    }

    private static TensorSet<T> Spoilt<T>(TensorSet<T> gradient, int t)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] values = gradient.ToArray();
        values[t * 7 % values.Length] = T.CreateTruncating(Bad[t % Bad.Length]);
        return TensorSet.OfValues<T>(gradient.Layout, values);
    }
}
