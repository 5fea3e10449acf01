using System.Globalization;
using Optim.Cli.Training;
using Optim.Networks;
using Optim.Networks.Layers;
using Xunit;

namespace Optim.Properties.Training;

public class DigitsTests
{
    [Fact]
    public void All_digits_are_there()
    {
        var all = Digits.All();
        var labels = all.Labels.ToArray();
        var numbers = all.Batch<double>([.. Enumerable.Range(0, all.Count)]).Inputs.ToArray();
        Assert.Equal((Digits.Count, Digits.Count * Digits.Pixels), (all.Count, numbers.Length));
        Assert.Equal([178, 182, 177, 183, 181, 182, 181, 179, 174, 180], Enumerable.Range(0, 10).Select(digit => labels.Count(label => label == digit)));
        Assert.Equal((0, 1), (numbers.Min(), numbers.Max()));
    }

    [Fact]
    public void A_fifth_is_held_out_and_nothing_is_lost()
    {
        var data = Digits.Load(1);
        Assert.Equal((1438, 359), (data.Training.Count, data.Test.Count));
        Assert.Equal(Images(Digits.All()), Images(data.Training).Concat(Images(data.Test)).Order(StringComparer.Ordinal));

        static IEnumerable<string> Images(Examples examples) => Enumerable.Range(0, examples.Count)
            .Select(i => Convert.ToHexString(examples.Image(i)) + examples.Labels[i].ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void A_permutation_holds_each_number_once_and_depends_on_seed_and_stream()
    {
        var one = new SeededRandom(1, 0).Permutation(100);
        Assert.Equal(Enumerable.Range(0, 100), one.Order());
        Assert.Equal(one, new SeededRandom(1, 0).Permutation(100));
        Assert.NotEqual(one, new SeededRandom(2, 0).Permutation(100));
        Assert.NotEqual(one, new SeededRandom(1, 1).Permutation(100));
    }

    [Fact]
    public void Random_numbers_fill_the_unit_interval_evenly()
    {
        var random = new SeededRandom(1, 0);
        double[] drawn = [.. Enumerable.Range(0, 10_000).Select(_ => random.NextDouble())];
        Assert.All(drawn, x => Assert.InRange(x, 0, 1 - 1e-16));
        Assert.InRange(drawn.Average(), 0.49, 0.51);
    }

    [Theory]
    [InlineData(-750)]
    [InlineData(-700.3)]
    [InlineData(-20)]
    [InlineData(-0.5)]
    [InlineData(-1e-10)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    public void Exp_agrees_with_the_platform(double x) => AssertClose(Math.Exp(x), Reproducible.Exp(x));

    [Theory]
    [InlineData(1)]
    [InlineData(1.0000001)]
    [InlineData(0.70710678)]
    [InlineData(1.5)]
    [InlineData(10)]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    public void Log_agrees_with_the_platform(double x) => AssertClose(Math.Log(x), Reproducible.Log(x));

    private static void AssertClose(double expected, double actual)
    {
        bool close = double.IsFinite(expected) ? Math.Abs(actual - expected) <= 4e-16 * Math.Abs(expected) + 1e-320 : expected.Equals(actual);
        Assert.True(close, FormattableString.Invariant($"{actual:R} is not {expected:R}."));
    }
}
