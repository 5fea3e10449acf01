using Optim.Lanes;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Lanes;

/// <summary>The logarithm against the platform's, which is good to an ulp.</summary>
public class ExactTests(ITestOutputHelper output)
{
    [Fact]
    public void The_logarithm_is_within_an_ulp() => Law.Check(output, Cases.Of(draw => draw.Of(Positive(draw), 0.5 + draw.Fraction())), x =>
        Ulps.Within(1, Math.Log(x), Exact.Log(x), $"log({x:R})"), 20_000);

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

    /// <summary>From the smallest subnormal to the largest number, each magnitude as likely as any.</summary>
    private static double Positive(Draw draw) => Math.ScaleB(1 + draw.Fraction(), draw.Integer(-1074, 1023));
}
