using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;
using Gaussian = MathNet.Numerics.Distributions.Normal;

namespace Optim.Properties.Rules;

/// <summary>The noise's distribution, and that nothing but seed, step, name and place decides it.</summary>
/// <remarks>The seeds are fixed; each bound is where a true normal distribution would fall outside with a probability below 1e-6.</remarks>
public class AddNoiseTests(ITestOutputHelper output)
{
    private const int Count = 100_000;

    /// <summary>The quantile of a standard normal beyond which, on both sides, lies less than 1e-6.</summary>
    private const double Bound = 4.9;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(987654321)]
    public void The_noise_is_normal(int seed)
    {
        double[] noise = Noise(new AddNoise { Eta = 1, Seed = seed }, Count);
        double mean = noise.Average(), variance = noise.Average(x => x * x), kurtosis = noise.Average(x => x * x * x * x);
        Assert.InRange(mean * Math.Sqrt(Count), -Bound, Bound);
        Assert.InRange((variance - 1) * Math.Sqrt(Count / 2.0), -Bound, Bound);
        Assert.InRange((kurtosis - 3) * Math.Sqrt(Count / 96.0), -Bound, Bound);

        // Kolmogorov and Smirnov: P(sqrt(n) D > 2.7) = 2 e^(-2 2.7^2) = 9e-7.
        Array.Sort(noise);
        double distance = noise.Select((x, i) => Gaussian.CDF(0, 1, x) is var p ? Math.Max(p - (i / (double)Count), ((i + 1) / (double)Count) - p) : 0).Max();
        Assert.InRange(distance * Math.Sqrt(Count), 0, 2.7);
    }

    [Fact]
    public void Elements_steps_seeds_and_tensors_do_not_correlate()
    {
        double[] first = Noise(new AddNoise { Eta = 1 }, Count);
        (string What, double[] Other)[] others =
        [
            ("the next element", [.. first[1..], first[0]]), ("the element 64 on", [.. first[64..], .. first[..64]]),
            ("the next step", Noise(new AddNoise { Eta = 1, Gamma = 0 }, Count, step: 1)), ("a late step", Noise(new AddNoise { Eta = 1, Gamma = 0 }, Count, step: 1L << 40)),
            ("the next seed", Noise(new AddNoise { Eta = 1, Seed = 1 }, Count)), ("another tensor", Noise(new AddNoise { Eta = 1 }, Count, name: "b")),
        ];
        foreach (var (what, other) in others)
        {
            double correlation = first.Zip(other, (x, y) => x * y).Sum() / Math.Sqrt(Count);
            double ofSquares = first.Zip(other, (x, y) => (x * x - 1) * (y * y - 1) / 2).Sum() / Math.Sqrt(Count);
            Assert.True(Math.Abs(correlation) < Bound && Math.Abs(ofSquares) < 2 * Bound, $"{what}: {correlation}, of the squares {ofSquares}");
            Assert.Empty(first.Intersect(other).Except(what.Contains("element", StringComparison.Ordinal) ? first : []));
        }

        Assert.Equal(Count, first.Distinct().Count());
    }

    [Fact]
    public void The_variance_falls_as_a_power_of_time()
    {
        double[] unit = Noise(new AddNoise { Eta = 1, Gamma = 0 }, 100, step: 99);
        double[] faded = Noise(new AddNoise { Eta = 0.3, Gamma = 0.55 }, 100, step: 99);
        Same.Close([.. unit.Select(z => z * Math.Sqrt(0.3 / Math.Pow(100, 0.55)))], faded, 1e-14);
        Same.Close([.. Noise(new AddNoise { Eta = 1 }, 100).Select(z => 0.1 * z)], Noise(new AddNoise(), 100), 1e-14);
        Assert.All(Noise(new AddNoise { Eta = 0 }, 100), x => Assert.Equal(0, x));
    }

    [Fact]
    public void A_tensors_noise_follows_from_its_name_and_its_places_whatever_stands_beside_it_and_whatever_the_shape()
    {
        var rule = new AddNoise { Seed = 3 };
        var together = TensorSet.Filled(Layout.Of(new TensorShape("a", 7), new TensorShape("w", 5, 3), new TensorShape("none", 0), new TensorShape("z", 2)), 1.0);
        var alone = TensorSet.Filled(Layout.Of(new TensorShape("w", 15)), 1.0);
        Same.Bits(Optimizer.Init(rule, alone).Step(alone).Item2["w"].Span, Optimizer.Init(rule, together).Step(together).Item2["w"].Span);
    }

    [Fact]
    public void A_resumed_run_meets_the_same_noise() => Law.Check(output, Scenario.From(draw => new AddNoise { Eta = 1, Seed = draw.Integer(0, 99) }, draw => draw.Plain(), (2, 6)), s =>
    {
        var half = Optimizer.Fold(s.Begin<float>(), s.GradientsOf<float>().Take(1));
        var resumed = Optimizer.Restore(s.Rule, half.StepCount, half.Parameters.Copy(), half.Slots, half.Scalars);
        Same.Bits(s.Run<float>(), Optimizer.Fold(resumed, s.GradientsOf<float>().Skip(1)));
    });

    [Fact]
    public void NaN_and_infinities_stay() =>
        Assert.Equal(
            [double.NaN, double.PositiveInfinity, double.NegativeInfinity],
            Layerwise.Update(new AddNoise(), TensorSet.OfArray([0.0, 0, 0]), TensorSet.OfArray([double.NaN, double.PositiveInfinity, double.NegativeInfinity])));

    private static double[] Noise(AddNoise rule, int count, long step = 0, string name = "a")
    {
        var zero = TensorSet.Filled(Layout.Of(new TensorShape(name, count)), 0.0);
        var state = Optimizer.Restore(rule, step, zero, new Dictionary<string, TensorSet<double>>(), new Dictionary<string, double>());
        return Array.ConvertAll(state.Step(zero).Item2.ToArray(), x => -x);
    }
}
