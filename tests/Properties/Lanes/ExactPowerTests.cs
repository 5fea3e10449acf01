using System.Numerics;
using Optim.Lanes;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Lanes;

public class ExactPowerTests(ITestOutputHelper output)
{
    [Fact]
    public void A_power_is_within_a_hair_of_half_an_ulp() => Law.Check(
        output, Cases.Of(draw => (X: draw.Of(0.9, 0.99, 0.999, 0.9999, 0.5 + (draw.Fraction() / 2), 1 + draw.Fraction()), N: draw.Integer(1, 300))), c =>
        {
            // x = m / 2^53 and its power as whole numbers, multiplied by 2^(53 n).
            var (m, scale) = ((BigInteger)(c.X * (1L << 53)), BigInteger.One << (53 * c.N));
            double power = Exact.Power(c.X, c.N), ulp = Math.BitIncrement(power) - power;
            BigInteger miss = BigInteger.Abs(Times(scale, power) - BigInteger.Pow(m, c.N)), half = Times(scale, ulp) * 50_001 / 100_000;
            Assert.True(miss <= half, FormattableString.Invariant($"{c.X:R}^{c.N} is not {power:R}"));
        }, 300);

    [Fact]
    public void A_power_far_beyond_a_billion_is_still_right()
    {
        // (1 - 2^-40)^(2^40) = e^-1 (1 - 2^-41 - ...).
        double x = 1 - Math.ScaleB(1, -40);
        Same.Close(0.36787944117144233 * (1 - Math.ScaleB(1, -41)), Exact.Power(x, 1L << 40), 4e-16);
        Assert.Equal(0, Exact.Power(0.999, long.MaxValue));
        Assert.Equal(double.PositiveInfinity, Exact.Power(1.5, long.MaxValue));
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0, 3, 0)]
    [InlineData(2, 10, 1024)]
    [InlineData(-2, 3, -8)]
    [InlineData(1e300, 2, double.PositiveInfinity)]
    [InlineData(1e-300, 2, 0)]
    [InlineData(double.NaN, 1, double.NaN)]
    [InlineData(double.PositiveInfinity, 3, double.PositiveInfinity)]
    public void Powers_at_the_edges(double x, long n, double expected) => Assert.Equal(expected, Exact.Power(x, n));

    private static BigInteger Times(BigInteger scale, double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x), fraction = (bits & 0xFFFFFFFFFFFFF) | (1L << 52);
        int exponent = (int)((bits >> 52) & 0x7FF) - 1075;
        return exponent < 0 ? scale * fraction >> -exponent : scale * fraction << exponent;
    }
}
