using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Sophia with estimates of the Hessian at some steps; without any it is under the laws of all rules.</summary>
public class SophiaTests(ITestOutputHelper output)
{
    private const int Every = 3;

    [Fact]
    public void Sophia_follows_its_paper() => Law.Check(output, Scenario.From(AnySophia, draw => draw.Moderate(), (25, 40)), s =>
    {
        Check<double>(s, 1e-11);
        Check<float>(s, 1e-3);

        static void Check<T>(Scenario s, double tolerance)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var rule = (Sophia)s.Rule;
            double[] p = [.. s.Start], m = new double[p.Length], h = new double[p.Length], size = new double[p.Length], largest = Array.ConvertAll(p, Math.Abs);
            bool[] open = new bool[p.Length];
            var state = s.Begin<T>();
            for (int t = 0; t < s.Gradients.Length; t++)
            {
                double b1 = rule.Beta1.At(t), b2 = rule.Beta2.At(t), lr = rule.LearningRate.At(t);
                state = Step(state, s, t);
                for (int i = 0; i < p.Length; i++)
                {
                    double g = rule.Maximize ? -s.Gradients[t][i] : s.Gradients[t][i];
                    h[i] = t % Every == 0 ? (b2 * h[i]) + ((1 - b2) * Diagonal(s, t)[i]) : h[i];
                    m[i] = (b1 * m[i]) + ((1 - b1) * g);
                    double ratio = Math.Sign(m[i]) * Math.Min(Math.Abs(m[i]) / ((rule.Rho.At(t) * Math.Max(h[i], 0)) + rule.Epsilon.At(t)), 1);
                    p[i] = (p[i] * (1 - (lr * rule.WeightDecay.At(t)))) - (lr * ratio);
                    largest[i] = Math.Max(largest[i], Math.Abs(p[i]));

                    // Where h is small the step is a sign, and that of a mean that all but cancels hangs on rounding.
                    size[i] = (b1 * size[i]) + ((1 - b1) * Math.Abs(g));
                    open[i] |= Math.Abs(m[i]) < 1e-3 * size[i];
                    if (open[i])
                    {
                        continue;
                    }

                    Same.Close(p[i], double.CreateTruncating(state.Parameters.Span[i]), tolerance, largest[i], FormattableString.Invariant($"parameters after step {t}"), i);
                }
            }
        }
    });

    [Fact]
    public void With_an_estimate_too_a_donated_step_is_a_pure_one_and_threads_do_not_show() =>
        Law.Check(output, Cases.Of(draw => (Rule: AnySophia(draw), Length: draw.Of(1, 17, 300, 200_000), Seed: draw.Integer(0, 1000))), c =>
        {
            var random = new Random(c.Seed);
            double[] Numbers() => [.. Enumerable.Range(0, c.Length).Select(_ => random.NextDouble() - 0.5)];
            var s = new Scenario(c.Rule, [c.Length], Numbers(), [Numbers(), Numbers(), Numbers(), Numbers(), Numbers()]);
            OptimizerState<float> pure = s.Begin<float>().WithMaxThreads(1), donated = s.Begin<float>().WithMaxThreads(3);
            for (int t = 0; t < s.Gradients.Length; t++)
            {
                pure = Step(pure, s, t);
                donated = Step(donated.Donate(), s, t);
                Same.Bits(pure, donated);
            }
        }, 20);

    [Fact]
    public void No_step_is_longer_than_the_rate_and_a_small_curvature_makes_it_that_long()
    {
        var rule = new Sophia { LearningRate = 0.5, Beta1 = 0, Beta2 = 0, Rho = 2, WeightDecay = 0, Epsilon = 0 };
        var state = Optimizer.Init(rule, TensorSet.OfArray([0.0, 0, 0, 0]));
        var next = Optimizer.Step(state, TensorSet.OfArray([3.0, 3, -3, 3]), hessianDiagonal: TensorSet.OfArray([6.0, 1e-9, 3, -7])).Item1;
        Assert.Equal([-0.125, -0.5, 0.25, -0.5], next.Parameters.ToArray());

        // Without a new estimate the old one holds.
        var later = next.Step(TensorSet.OfArray([3.0, 3, 3, 3])).Item1;
        Assert.Equal(next.Slots["hessian"], later.Slots["hessian"]);
        Assert.Equal([-0.25, -1, 0, -1], later.Parameters.ToArray());
    }

    [Fact]
    public void Before_the_first_estimate_every_step_is_a_sign()
    {
        var state = Optimizer.Init(new Sophia { LearningRate = 0.5, WeightDecay = 0 }, TensorSet.OfArray([0.0, 0, 0]));
        Assert.Equal([-0.5, 0.5, 0], state.Step(TensorSet.OfArray([1e-9, -1e9, 0])).Item2.ToArray());
    }

    private static OptimizerState<T> Step<T>(OptimizerState<T> state, Scenario s, int t)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Optimizer.Step(state, s.Set<T>(s.Gradients[t]), hessianDiagonal: t % Every == 0 ? s.Set<T>(Diagonal(s, t)) : null).Item1;

    /// <summary>Estimates of both signs: what the gradient two steps on happens to be.</summary>
    private static double[] Diagonal(Scenario s, int t) => s.Gradients[(t + 2) % s.Gradients.Length];

    private static Rule AnySophia(Draw draw) => new Sophia
    {
        LearningRate = 0.1 * draw.Fraction(), Beta1 = draw.Of(0.965, draw.Fraction()), Beta2 = draw.Of(0.99, draw.Fraction()), Rho = draw.Of(0.04, 3 * draw.Fraction()),
        Epsilon = draw.Of(1e-15, 1e-3), WeightDecay = draw.Of(0, 0.1, draw.Fraction()), Maximize = draw.Coin(),
    };
}
