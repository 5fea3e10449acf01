using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 17 and 18, unit by unit.</summary>
public class AdaptiveGradientClippingTests(ITestOutputHelper output)
{
    [Fact]
    public void Law_17_clipping_twice_is_clipping_once() => Law.Check(output, Any(), s =>
    {
        double[] once = Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
        double[] twice = Layerwise.Update(s.Rule.Then(s.Rule), s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
        Same.Close(once, twice, 4 * Math.ScaleB(1, -53), 1e-300);
    });

    [Fact]
    public void Law_18_a_unit_is_multiplied_by_a_number_in_0_to_1_and_only_where_it_is_too_large() => Law.Check(output, Any(), s =>
    {
        var clip = (AdaptiveGradientClipping)s.Rule;
        double[] update = Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
        foreach (var (start, length) in Units(s.Layout))
        {
            double[] g = s.Gradients[0][start..(start + length)], u = update[start..(start + length)];
            double limit = clip.ClipFactor.At(0) * Math.Max(Layerwise.Norm(s.Start[start..(start + length)]), clip.Epsilon.At(0)), norm = Layerwise.Norm(g);
            Assert.True(Layerwise.Norm(u) <= limit * (1 + 1e-12));
            if (norm < limit * (1 - 1e-12))
            {
                Assert.Equal(g.Select(x => x + 0), u.Select(x => x + 0));
            }
            else if (norm > limit * (1 + 1e-12))
            {
                double factor = limit / norm;
                Assert.True(factor is >= 0 and <= 1);
                Same.Close([.. g.Select(x => factor * x)], u, 1e-12, 1e-300);
            }
        }
    });

    [Fact]
    public void A_unit_is_a_row_of_a_matrix_a_kernel_of_a_convolution_or_a_vector()
    {
        var layout = Layout.Of(new TensorShape("matrix", 2, 2), new TensorShape("kernel", 1, 1, 2, 1), new TensorShape("vector", 2));
        var parameters = TensorSet.OfValues<double>(layout, [3, 4, 30, 40, 0, 0, 6, 8]);
        var gradient = TensorSet.OfValues<double>(layout, [30, 40, 30, 40, 3, 4, 0, 1]);
        var clip = new AdaptiveGradientClipping { ClipFactor = 0.5, Epsilon = 0.1 };
        Same.Close([1.5, 2, 15, 20, 0.03, 0.04, 0, 1], Layerwise.Update(clip, parameters, gradient), 1e-15);
    }

    [Theory]
    [InlineData(1e20)]
    [InlineData(3e38)]
    [InlineData(1e-30)]
    public void Float_norms_neither_overflow_nor_vanish(double magnitude)
    {
        var parameters = TensorSet.Filled(Layout.OfVector(4), (float)(magnitude / 4));
        var clip = new AdaptiveGradientClipping { ClipFactor = 1, Epsilon = 0 };
        var next = Optimizer.Init(clip, parameters).Step(TensorSet.Filled(parameters.Layout, (float)magnitude)).Item2;
        Assert.All(next.ToArray(), x => Same.Close(0, x, 1e-7, magnitude));
    }

    private static FsCheck.Arbitrary<Scenario> Any() => Scenario.From(
        draw => new AdaptiveGradientClipping { ClipFactor = draw.Of(0.01, 0.5, 1, 10), Epsilon = draw.Of(0, 1e-3, 1) }, steps: (1, 1));

    private static IEnumerable<(int Start, int Length)> Units(Layout layout)
    {
        for (int i = 0; i < layout.Count; i++)
        {
            var dimensions = layout[i].Dimensions;
            int length = dimensions.Count < 2 ? layout[i].Length : dimensions.Skip(1).Aggregate(1, (a, b) => a * b);
            for (int start = 0; length > 0 && start < layout[i].Length; start += length)
            {
                yield return (layout.OffsetOf(i) + start, length);
            }
        }
    }
}
