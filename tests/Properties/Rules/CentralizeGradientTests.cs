using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 41.</summary>
public class CentralizeGradientTests(ITestOutputHelper output)
{
    [Fact]
    public void Law_41_the_mean_of_every_row_is_0_and_vectors_stay() => Law.Check(output, Any(), s =>
    {
        var g = s.Set<double>(s.Gradients[0]);
        var u = TensorSet.OfValues<double>(s.Layout, Layerwise.Update(s.Rule, s.StartOf<double>(), g));
        for (int i = 0; i < s.Layout.Count; i++)
        {
            var dimensions = s.Layout[i].Dimensions;
            if (dimensions.Count < 2)
            {
                Assert.Equal(g[i].ToArray(), u[i].ToArray());
                continue;
            }

            int length = dimensions.Skip(1).Aggregate(1, (a, b) => a * b);
            foreach (var (before, after) in g[i].ToArray().Chunk(Math.Max(1, length)).Zip(u[i].ToArray().Chunk(Math.Max(1, length))))
            {
                double mean = before.Average(), largest = before.Max(Math.Abs);
                Same.Close(0, after.Average(), 1e-14, largest);
                Same.Close([.. before.Select(x => x - mean)], after, 1e-14, largest);
            }
        }
    });

    [Fact]
    public void Law_41_twice_is_once() => Law.Check(output, Any(), s =>
    {
        double[] once = Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
        double[] twice = Layerwise.Update(s.Rule.Then(s.Rule), s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
        Same.Close(once, twice, 1e-14, s.Gradients[0].Select(Math.Abs).DefaultIfEmpty().Max());
    });

    [Fact]
    public void Only_the_kernels_of_convolutions_may_be_centred()
    {
        var layout = Layout.Of(new TensorShape("matrix", 2, 2), new TensorShape("cube", 1, 2, 2), new TensorShape("kernel", 2, 1, 1, 2));
        var gradient = TensorSet.OfValues<double>(layout, [1, 2, 3, 5, 1, 2, 3, 4, 1, 3, 10, 20]);
        double[] update = Layerwise.Update(new CentralizeGradient { ConvolutionsOnly = true }, gradient, gradient);
        Assert.Equal([1, 2, 3, 5, 1, 2, 3, 4, -1, 1, -5, 5], update);
        Assert.Equal([-0.5, 0.5, -1, 1, -1.5, -0.5, 0.5, 1.5, -1, 1, -5, 5], Layerwise.Update(new CentralizeGradient(), gradient, gradient));
    }

    [Fact]
    public void The_sum_of_a_row_does_not_overflow_in_float()
    {
        var layout = Layout.Of(new TensorShape("matrix", 1, 4));
        var start = TensorSet.Filled(layout, 0f);
        Assert.Equal([0f, 0, 0, 0], Optimizer.Init(new CentralizeGradient(), start).Step(TensorSet.Filled(layout, 3e38f)).Item2.ToArray());
    }

    private static FsCheck.Arbitrary<Scenario> Any() => Scenario.From(_ => new CentralizeGradient(), steps: (1, 1));
}
