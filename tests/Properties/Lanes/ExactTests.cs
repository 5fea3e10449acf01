using Optim.Lanes;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Lanes;

/// <summary>The scalar functions against the platform's, which are good to an ulp, within the stated ulp.</summary>
public class ExactTests(ITestOutputHelper output)
{
    [Fact]
    public void The_exponential_is_within_2_ulp() => Law.Check(output, Cases.Of(draw => draw.Of(Spread(draw, 700), Spread(draw, 1))), x =>
        Ulps.Within(2, Math.Exp(x), Exact.Exp(x), $"exp({x:R})"), 20_000);

    [Fact]
    public void The_logarithm_is_within_2_ulp() => Law.Check(output, Cases.Of(draw => draw.Of(Positive(draw), 1 + Spread(draw, 0.5))), x =>
        Ulps.Within(2, Math.Log(x), Exact.Log(x), $"log({x:R})"), 20_000);

    [Fact]
    public void A_real_power_is_within_2_ulp_and_one_more_for_each_40_in_its_logarithm() => Law.Check(output, Cases.Of(draw => (X: Positive(draw), Share: Spread(draw, 1))), c =>
    {
        // The exponent that brings the power to anywhere within the normal numbers.
        double logarithm = 700 * Math.Pow(c.Share, 3), y = logarithm / Math.Max(Math.Abs(Math.Log(c.X)), 1e-3);
        Ulps.Within(2 + (Math.Abs(logarithm) / 40), Math.Pow(c.X, y), Exact.Power(c.X, y), $"{c.X:R}^{y:R}");
    }, 20_000);

    [Fact]
    public void A_whole_power_is_the_real_power() => Law.Check(output, Cases.Of(draw => (X: 0.5 + draw.Fraction(), N: (long)draw.Integer(0, 200))), c =>
        Ulps.Within(500, Exact.Power(c.X, c.N), Exact.Power(c.X, (double)c.N), $"{c.X:R}^{c.N}"));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.NaN, double.NaN)]
    [InlineData(1e300, double.PositiveInfinity)]
    [InlineData(-1e300, 0)]
    [InlineData(709.79, double.PositiveInfinity)]
    [InlineData(-746, 0)]
    [InlineData(-745, double.Epsilon)]
    public void The_ends_of_the_exponential(double x, double expected) => Assert.Equal(expected, Exact.Exp(x));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, double.NegativeInfinity)]
    [InlineData(-1, double.NaN)]
    [InlineData(double.NegativeInfinity, double.NaN)]
    [InlineData(double.NaN, double.NaN)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.Epsilon, -744.4400719213812)]
    [InlineData(double.MaxValue, 709.782712893384)]
    public void The_ends_of_the_logarithm(double x, double expected) => Assert.Equal(expected, Exact.Log(x));

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(double.NaN, 0, 1)]
    [InlineData(1, 1e300, 1)]
    [InlineData(0, 2, 0)]
    [InlineData(0, -2, double.PositiveInfinity)]
    [InlineData(0, double.NaN, double.NaN)]
    [InlineData(double.PositiveInfinity, 0.5, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, -0.5, 0)]
    [InlineData(double.PositiveInfinity, double.NaN, double.NaN)]
    [InlineData(double.NaN, 1, double.NaN)]
    [InlineData(2, double.NaN, double.NaN)]
    [InlineData(-2, 2, double.NaN)]
    [InlineData(2, 1e300, double.PositiveInfinity)]
    [InlineData(2, -1e300, 0)]
    [InlineData(0.5, double.PositiveInfinity, 0)]
    [InlineData(2, double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(2, 1024, double.PositiveInfinity)]
    [InlineData(2, 10, 1024)]
    [InlineData(4, 0.5, 2)]
    [InlineData(4, -0.5, 0.5)]
    [InlineData(2, -1074, double.Epsilon)]
    public void The_ends_of_the_power(double x, double y, double expected) => Assert.Equal(expected, Exact.Power(x, y));

    private static double Spread(Draw draw, double most) => ((2 * draw.Fraction()) - 1) * most;

    /// <summary>From the smallest subnormal to the largest number, each magnitude as likely as any.</summary>
    private static double Positive(Draw draw) => Math.ScaleB(1 + draw.Fraction(), draw.Integer(-1074, 1023));
}
