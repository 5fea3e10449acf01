using System.Numerics;
using Optim.Lanes;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Lanes;

/// <summary>A power with a real exponent against whole numbers of any length, and against the platform's.</summary>
public class PowerTests(ITestOutputHelper output)
{
    [Fact]
    public void A_whole_power_of_a_whole_number_is_within_an_ulp_of_the_true_one()
    {
        for (int x = 2; x < 2000; x += x < 50 ? 1 : 37)
        {
            foreach (int y in new[] { 1, 2, 3, 7, 20, 33, 90 })
            {
                double exact = (double)BigInteger.Pow(x, y);
                Assert.InRange(Ulps(exact, Exact.Power(x, (double)y)), 0, exact < 1L << 53 ? 0 : 1);
            }
        }
    }

    [Fact]
    public void Any_power_is_within_two_ulp_of_the_platforms() => Law.Check(
        output,
        Cases.Of(draw => (X: Math.Abs(draw.Wide()) + (draw.Coin() ? 0 : draw.Fraction()), Y: draw.Of(draw.Plain(), draw.Plain() * 1e-3, draw.Plain() * 10, -0.8))),
        pair =>
        {
            double platform = Math.Pow(pair.X, pair.Y), ours = Exact.Power(pair.X, pair.Y);
            if (double.IsNormal(platform) || !double.IsFinite(platform))
            {
                Assert.InRange(Ulps(platform, ours), 0, 2);
            }
        },
        2000);

    [Theory]
    [InlineData(0.96, 0.004)]
    [InlineData(0.96, 17000)]
    [InlineData(1.0000000000000002, 1e18)]
    [InlineData(0.9999999999999999, 1e18)]
    [InlineData(1e-300, 1.02)]
    [InlineData(5e-324, 0.5)]
    [InlineData(1.7976931348623157e308, 0.99)]
    [InlineData(2, 1023)]
    [InlineData(2, 1024)]
    [InlineData(0.5, 1e9)]
    [InlineData(0, 0.5)]
    [InlineData(0, -0.5)]
    [InlineData(0, 0)]
    [InlineData(1, double.NaN)]
    [InlineData(double.NaN, 0)]
    [InlineData(double.NaN, -1)]
    [InlineData(3, double.NaN)]
    [InlineData(3, double.PositiveInfinity)]
    [InlineData(3, double.NegativeInfinity)]
    [InlineData(0.3, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, 0.25)]
    [InlineData(double.PositiveInfinity, -0.25)]
    public void At_the_edges_it_is_the_platforms(double x, double y) => Assert.InRange(Ulps(Math.Pow(x, y), Exact.Power(x, y)), 0, 1);

    private static long Ulps(double expected, double actual) => double.IsNaN(expected) == double.IsNaN(actual)
        ? double.IsNaN(expected) ? 0 : Math.Abs(BitConverter.DoubleToInt64Bits(expected) - BitConverter.DoubleToInt64Bits(actual))
        : long.MaxValue;
}
