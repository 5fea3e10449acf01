using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 17 and 18 for the root mean square.</summary>
public class ClipByRmsTests(ITestOutputHelper output)
{
    [Fact]
    public void Law_17_clipping_twice_is_clipping_once() => Law.Check(output, Any(), s =>
    {
        double[] once = Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
        double[] twice = Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(once));
        Same.Close(once, twice, 4 * Math.ScaleB(1, -53), 1e-300);
    });

    [Fact]
    public void Law_18_a_tensor_is_multiplied_by_one_number_in_0_to_1_and_only_where_it_is_too_large() => Law.Check(output, Any(), s =>
    {
        double threshold = ((ClipByRms)s.Rule).ClipThreshold.At(0);
        double[] update = Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
        for (int i = 0; i < s.Layout.Count; i++)
        {
            int start = s.Layout.OffsetOf(i), length = s.Layout[i].Length;
            double[] g = s.Gradients[0][start..(start + length)], u = update[start..(start + length)];
            double rms = length == 0 ? 0 : Layerwise.Norm(g) / Math.Sqrt(length);
            if (rms < threshold * (1 - 1e-12))
            {
                Assert.Equal(g, u);
            }
            else if (rms > threshold * (1 + 1e-12))
            {
                Assert.InRange(threshold / rms, 0, 1);
                Same.Close([.. g.Select(x => threshold / rms * x)], u, 1e-12, 1e-300);
                Assert.True(Layerwise.Norm(u) <= threshold * Math.Sqrt(length) * (1 + 1e-12));
            }
        }
    });

    [Fact]
    public void It_is_Adafactors_clipping() => Law.Check(
        output, Scenario.From(draw => new ClipByRms(draw.Of(1e-3, 0.1, 1)), draw => draw.Moderate(), (1, 1)), s =>
        {
            // With b2 = 0 and nothing factored the direction is the sign of the gradient, its RMS is 1; the rate and the scale are 1.
            var adafactor = new Adafactor
            {
                ClipThreshold = ((ClipByRms)s.Rule).ClipThreshold, LearningRate = 1, RelativeStep = false, ScaleParameter = false, Beta2Decay = 0,
                LeastFactoredDimension = 1000,
            };
            double[] signs = Array.ConvertAll(s.Gradients[0], g => (double)Math.Sign(g));
            Same.Close(
                Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(signs)),
                Layerwise.Update(adafactor, s.StartOf<double>(), s.Set<double>(s.Gradients[0])), 1e-14);
        });

    [Fact]
    public void NaN_and_infinity_spread_over_their_tensor_alone()
    {
        var start = TensorSet.Filled(Layout.Of(new TensorShape("a", 2), new TensorShape("b", 2), new TensorShape("c", 2)), 0.0);
        var gradient = TensorSet.OfValues<double>(start.Layout, [1, double.NaN, 1, double.NegativeInfinity, 3, -3]);
        Assert.Equal([double.NaN, double.NaN, 0, double.NaN, 1, -1], Layerwise.Update(new ClipByRms(), start, gradient));
    }

    private static FsCheck.Arbitrary<Scenario> Any() =>
        Scenario.From(draw => new ClipByRms(Math.Pow(10, draw.Integer(-20, 20))), steps: (1, 1));
}
