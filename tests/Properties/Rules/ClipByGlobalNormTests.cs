using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 17 and 18 for the norm.</summary>
public class ClipByGlobalNormTests(ITestOutputHelper output)
{
    public static TheoryData<double> Orders => [1, 2, 3, 64, double.PositiveInfinity];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Clip_is_idempotent_and_keeps_the_norm(double order) => Law.Check(output, Clips(order), s =>
    {
        double limit = ((ClipByGlobalNorm)s.Rule).MaxNorm.At(0);
        double[] once = Clipped(s, s.Gradients[0]), twice = Clipped(s, once);
        Assert.Equal(once, twice);
        Assert.True(Norm(once, order) <= limit * (1 + 1e-13), $"norm {Norm(once, order):R} is above {limit:R}");
    });

    [Fact]
    public void Clip_is_idempotent_in_float()
    {
        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            var layout = Layout.OfVector(1 + (i % 300));
            var rule = new ClipByGlobalNorm(Math.Pow(10, random.Next(-2, 4)));
            var gradient = TensorSet.Generate(layout, _ => (float)((random.NextDouble() - 0.5) * 1e5));
            TensorSet<float> Clip(TensorSet<float> g) => -1f * Optimizer.Init(rule, TensorSet.Filled(layout, 0f)).Step(g).Item2;
            var once = Clip(gradient);
            Assert.Equal(once, Clip(once));
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Clip_shrinks_by_one_factor_and_leaves_alone_what_is_small_enough(double order) => Law.Check(output, Clips(order), s =>
    {
        var clip = (ClipByGlobalNorm)s.Rule;
        double[] g = s.Gradients[0], clipped = Clipped(s, g);
        double norm = Norm(g, order), limit = clip.MaxNorm.At(0);
        if (norm < limit * (1 - 1e-12))
        {
            Assert.Equal(g.Select(x => x + 0), clipped.Select(x => x + 0));
        }
        else if (norm > limit * (1 + 1e-12))
        {
            double factor = limit / (norm + clip.Epsilon.At(0));
            Assert.True(factor is > 0 and <= 1);
            Same.Close([.. g.Select(x => factor * x)], clipped, 1e-12, 1e-300);
        }
    });

    [Theory]
    [MemberData(nameof(Orders))]
    public void Clipping_begins_at_the_limit_itself(double order) =>
        Law.Check(output, Scenario.From(_ => new ClipByGlobalNorm { NormType = order, Epsilon = 0 }, draw => draw.Moderate(), (1, 1)), s =>
        {
            double[] g = s.Gradients[0];
            double norm = Norm(g, order);
            foreach (double share in norm == 0 ? Array.Empty<double>() : [0.5, 0.999, 1 - 1e-11, 1 + 1e-11, 1.001, 1.9])
            {
                double[] clipped = Clipped(s with { Rule = ((ClipByGlobalNorm)s.Rule).WithMaxNorm(share * norm) }, g);
                if (share > 1)
                {
                    Assert.Equal(g, clipped);
                }
                else
                {
                    Same.Close([.. g.Select(x => share * x)], clipped, 1e-13);
                    Assert.NotEqual(Norm(g, order), Norm(clipped, order));
                }
            }
        });

    [Theory]
    [InlineData(1e20)]
    [InlineData(3e38)]
    [InlineData(1e-30)]
    public void Float_sums_neither_overflow_nor_vanish(double magnitude)
    {
        var gradient = TensorSet.Filled(Layout.OfVector(4), (float)magnitude);
        var state = Optimizer.Init(new ClipByGlobalNorm { MaxNorm = magnitude / 2, Epsilon = 0 }, TensorSet.Filled(gradient.Layout, 0f));
        Assert.All(state.Step(gradient).Item2.ToArray(), x => Same.Close(-magnitude / 4, x, 1e-6));
    }

    [Theory]
    [InlineData(1e200, 2)]
    [InlineData(1e307, 2)]
    [InlineData(1e200, 3)]
    [InlineData(1e-200, 2)]
    [InlineData(1e-300, 3)]
    [InlineData(4e-310, 2)]
    public void Double_sums_neither_overflow_nor_vanish(double magnitude, double order)
    {
        var gradient = TensorSet.Filled(Layout.OfVector(8), magnitude);
        double norm = Math.Pow(8, 1 / order) * magnitude;
        var state = Optimizer.Init(new ClipByGlobalNorm { MaxNorm = norm / 2, Epsilon = 0, NormType = order }, TensorSet.Filled(gradient.Layout, 0.0));
        Assert.All(state.Step(gradient).Item2.ToArray(), x => Same.Close(-magnitude / 2, x, 1e-12));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_norm_that_is_not_finite_spreads_or_is_refused_and_leaves_the_state_alive(double bad)
    {
        var start = TensorSet.OfArray([1.0, 2]);
        var gradient = TensorSet.OfArray([0.5, bad]);
        double[] spread = Optimizer.Init(new ClipByGlobalNorm(), start).Step(gradient).Item2.ToArray();
        Assert.Equal(double.IsNaN(bad) ? double.NaN : 1, spread[0]);
        Assert.Equal(double.NaN, spread[1]);

        // Behind a rule with slots: the error comes after those were computed.
        var strict = new ScaleByAdam().Then(new ClipByGlobalNorm { ErrorIfNonFinite = true }).Then(new Sgd { Momentum = 0.9 });
        var state = Optimizer.Init(strict, start).Step(TensorSet.OfArray([0.5, 3])).Item1;
        var copy = Optimizer.Restore(state.Rule, state.StepCount, state.Parameters.Copy(), state.Slots, state.Scalars);
        var donated = state.Donate();
        var error = Assert.Throws<ArithmeticException>(() => donated.Step(gradient));
        Assert.Contains("must be finite", error.Message, StringComparison.Ordinal);
        Assert.Contains("step 1", error.Message, StringComparison.Ordinal);
        Assert.Equal(copy, state);
        Assert.Equal(copy, donated);
        Assert.Equal(copy.Step(TensorSet.OfArray([0.5, 3])).Item1, donated.Step(TensorSet.OfArray([0.5, 3])).Item1);
    }

    [Fact]
    public void The_norm_is_over_all_tensors()
    {
        var gradient = TensorSet.OfTensors(Tensor.OfScalar("a", 3.0), Tensor.OfScalar("b", 4.0));
        var clip = new ClipByGlobalNorm { MaxNorm = 1, Epsilon = 0 };
        Same.Close([-0.6, -0.8], Optimizer.Init(clip, TensorSet.Filled(gradient.Layout, 0.0)).Step(gradient).Item2.ToArray(), 1e-15);
    }

    private static FsCheck.Arbitrary<Scenario> Clips(double order) => Scenario.From(
        draw => new ClipByGlobalNorm { MaxNorm = Math.Pow(10, draw.Integer(-20, 20)), NormType = order, Epsilon = draw.Of(0, 1e-6) },
        draw => draw.Wide(), (1, 1));

    private static double[] Clipped(Scenario s, double[] gradient) =>
        [.. Optimizer.Init(s.Rule, s.Set<double>(new double[gradient.Length])).Step(s.Set<double>(gradient)).Item2.ToArray().Select(x => -x)];

    private static double Norm(double[] x, double order)
    {
        double largest = x.Select(Math.Abs).DefaultIfEmpty().Max();
        return largest == 0 || double.IsInfinity(order) ? largest : largest * Math.Pow(x.Sum(e => Math.Pow(Math.Abs(e / largest), order)), 1 / order);
    }
}
