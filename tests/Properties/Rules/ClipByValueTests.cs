using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 17 and 18 for single elements.</summary>
public class ClipByValueTests(ITestOutputHelper output)
{
    [Fact]
    public void Clip_is_idempotent_and_keeps_each_element_within_the_limit() =>
        Law.Check(output, Scenario.From(draw => new ClipByValue(Math.Pow(10, draw.Integer(-20, 20))), draw => draw.Wide(), (1, 1)), s =>
        {
            double limit = ((ClipByValue)s.Rule).ClipValue.At(0);
            double[] once = Clipped(s.Rule, s.Gradients[0]);
            Assert.Equal(once, Clipped(s.Rule, once));
            Assert.Equal(s.Gradients[0].Select(x => Math.Abs(x) <= limit ? x : Math.CopySign(limit, x)), once);
        });

    [Fact]
    public void Infinities_are_clipped_and_NaN_stays()
    {
        double[] clipped = Clipped(new ClipByValue(0.5), [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.5, -0.0, 1e20]);
        Assert.Equal([double.NaN, 0.5, -0.5, 0.5, 0, 0.5], clipped);
        float[] single = Optimizer.Init(new ClipByValue(0.5), TensorSet.OfArray([0f, 0])).Step(TensorSet.OfArray([1e20f, -float.MaxValue])).Item2.ToArray();
        Assert.Equal([-0.5f, 0.5f], single);
    }

    private static double[] Clipped(Rule rule, double[] gradient) =>
        [.. Optimizer.Init(rule, TensorSet.OfArray(new double[gradient.Length])).Step(TensorSet.OfArray(gradient)).Item2.ToArray().Select(x => 0 - x)];
}
