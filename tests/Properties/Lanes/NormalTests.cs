using MathNet.Numerics.Distributions;
using Optim.Lanes;
using Xunit;

namespace Optim.Properties.Lanes;

/// <summary>The normal distribution against MathNet's.</summary>
public class NormalTests
{
    [Fact]
    public void The_quantile_is_where_the_distribution_reaches_the_probability()
    {
        for (int i = -999; i < 1000; i++)
        {
            // Evenly, and towards both ends by powers of two: every branch, to the last number before 1/2.
            double even = i / 2000.0, tail = Math.CopySign(0.5 - Math.ScaleB(0.5, -Math.Abs(i % 53)), i);
            foreach (double q in new[] { even, tail })
            {
                double x = Optim.Lanes.Normal.Quantile(-Math.Abs(q));
                Assert.Equal(1, MathNet.Numerics.Distributions.Normal.CDF(0, 1, x) / (0.5 - Math.Abs(q)), 1e-13);
                Assert.Equal(-x, Optim.Lanes.Normal.Quantile(Math.Abs(q)));
            }
        }
    }

    [Fact]
    public void The_quantile_rises()
    {
        // Across the seams of the three functions too.
        double[] q = [.. Enumerable.Range(-4999, 9999).Select(i => i / 10000.0), .. new[] { 0.425, Math.BitIncrement(0.425), 0.5 - Math.Exp(-25), Math.BitIncrement(0.5 - Math.Exp(-25)) }];
        double[] x = [.. q.Order().Select(Optim.Lanes.Normal.Quantile)];
        Assert.Equal(x.Order(), x);
        Assert.Equal(0, Optim.Lanes.Normal.Quantile(0));
    }

    [Fact]
    public void The_furthest_number_drawn_is_finite()
    {
        double last = Optim.Lanes.Normal.Quantile(0.5 - Math.ScaleB(1, -53));
        Assert.InRange(last, 8.1, 8.3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(256)]
    [InlineData(1000)]
    public void Many_at_once_have_the_bits_of_each_alone(int count)
    {
        // Both tails, the far ones, the seams and the middle.
        double[] q = [.. Enumerable.Range(0, count).Select(i => (i % 7) switch
        {
            0 => Math.CopySign(0.5 - Math.ScaleB(0.5, -(i % 53)), i % 2 == 0 ? 1 : -1),
            1 => 0.425,
            2 => -Math.BitIncrement(0.425),
            _ => ((i * 37 % 1999) - 999) / 2000.0,
        })];
        double[] expected = [.. q.Select(Optim.Lanes.Normal.Quantile)];
        Optim.Lanes.Normal.Quantiles(q);
        Assert.Equal(expected.Select(BitConverter.DoubleToInt64Bits), q.Select(BitConverter.DoubleToInt64Bits));

        var random = new CounterRandom(5, 3, 1);
        double[] drawn = new double[count];
        random.Normals(11, drawn);
        Assert.Equal(Enumerable.Range(11, count).Select(i => BitConverter.DoubleToInt64Bits(random.Normal(i))), drawn.Select(BitConverter.DoubleToInt64Bits));
    }
}
