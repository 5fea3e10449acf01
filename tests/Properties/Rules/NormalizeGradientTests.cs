using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

public class NormalizeGradientTests(ITestOutputHelper output)
{
    [Fact]
    public void The_update_is_the_gradient_over_its_norm_and_epsilon() => Law.Check(output, Any(), s =>
    {
        var rule = (NormalizeGradient)s.Rule;
        double epsilon = rule.Epsilon.At(0);
        double[] g = s.Gradients[0], update = Layerwise.Update(rule, s.StartOf<double>(), s.Set<double>(g));
        foreach (var range in rule.PerTensor ? Tensors(s.Layout) : [Range.All])
        {
            double norm = Layerwise.Norm(g[range]);
            Same.Close(norm == 0 ? g[range] : [.. g[range].Select(x => x / (norm + epsilon))], update[range], 1e-13, 1e-300);
            Assert.True(Layerwise.Norm(update[range]) <= 1 + 1e-13);
        }
    });

    [Fact]
    public void Without_epsilon_the_norm_is_1_and_the_scale_of_the_gradient_does_not_show() => Law.Check(
        output, Scenario.From(draw => new NormalizeGradient { Epsilon = 0, PerTensor = draw.Coin() }, draw => draw.Moderate(), (1, 1)), s =>
        {
            double[] update = Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
            foreach (double scale in new[] { 1e-250, 1e-20, 1e20, 1e250 })
            {
                double[] scaled = Array.ConvertAll(s.Gradients[0], x => scale * x);
                Same.Close(update, Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(scaled)), 1e-14);
            }

            foreach (var range in ((NormalizeGradient)s.Rule).PerTensor ? Tensors(s.Layout) : [Range.All])
            {
                Same.Close(update[range].Length == 0 ? 0 : 1, Layerwise.Norm(update[range]), 1e-14);
            }
        });

    [Theory]
    [InlineData(0)]
    [InlineData(1e-6)]
    public void Zero_stays_zero_and_a_vanishing_gradient_does_not_overflow(double epsilon)
    {
        foreach (bool perTensor in new[] { false, true })
        {
            var rule = new NormalizeGradient { Epsilon = epsilon, PerTensor = perTensor };
            var start = TensorSet.OfArray([1.0, 2]);
            Assert.Equal([0.0, 0], Layerwise.Update(rule, start, TensorSet.OfArray([0.0, 0])));
            Assert.All(Layerwise.Update(rule, start, TensorSet.OfArray([double.Epsilon, 0])), x => Assert.InRange(x, 0, 1));
            float[] single = Optimizer.Init(rule, TensorSet.OfArray([0f])).Step(TensorSet.OfArray([float.Epsilon])).Item2.ToArray();
            Same.Close(epsilon == 0 ? -1 : -1.401298464324817e-39, single[0], 1e-5);
        }
    }

    [Fact]
    public void NaN_spreads_and_beside_an_infinity_all_becomes_0()
    {
        var start = TensorSet.OfArray([0.0, 0]);
        Assert.Equal([double.NaN, double.NaN], Layerwise.Update(new NormalizeGradient(), start, TensorSet.OfArray([1, double.NaN])));
        Assert.Equal([0, double.NaN], Layerwise.Update(new NormalizeGradient(), start, TensorSet.OfArray([1, double.PositiveInfinity])));
    }

    private static FsCheck.Arbitrary<Scenario> Any() =>
        Scenario.From(draw => new NormalizeGradient { Epsilon = draw.Of(0, 1e-6, 1), PerTensor = draw.Coin() }, steps: (1, 1));

    private static IEnumerable<Range> Tensors(Layout layout) =>
        Enumerable.Range(0, layout.Count).Select(i => new Range(layout.OffsetOf(i), layout.OffsetOf(i) + layout[i].Length));
}
