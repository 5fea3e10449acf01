using System.Globalization;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>What the rules share that take a norm of each tensor: law 10 fails, nothing overflows, tensors may be many, tiny and empty.</summary>
public class LayerwiseTests(ITestOutputHelper output)
{
    public static TheoryData<string> Rules => ["lars", "lamb", "novograd", "adam_mini"];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Law_10_flat_is_not_per_tensor(string name)
    {
        var rule = RuleRegistry.Find(name)!.Create();
        var layout = Layout.Of(new TensorShape("a", 2), new TensorShape("b", 3));
        double[] start = [1, -2, 30, 40, -50], gradient = [1, 2, -3, 4, 5];
        double[] apart = Optimizer.Init(rule, TensorSet.OfValues<double>(layout, start)).Step(TensorSet.OfValues<double>(layout, gradient)).Item2.ToArray();
        double[] flat = Optimizer.Init(rule, TensorSet.OfArray(start)).Step(TensorSet.OfArray(gradient)).Item2.ToArray();
        Assert.All(start.Zip(apart.Zip(flat)), x => Assert.True(Math.Abs(x.Second.First - x.Second.Second) > 1e-3 * Math.Abs(x.First - x.Second.First)));
    }

    [Theory]
    [InlineData("lars", 1e20)]
    [InlineData("novograd", 1e20)]
    [InlineData("adam_mini", 1e20)]
    [InlineData("lars", 3e38)]
    [InlineData("novograd", 3e37)]
    [InlineData("adam_mini", 3e37)]
    [InlineData("lars", 1e-30)]
    [InlineData("novograd", 1e-30)]
    [InlineData("adam_mini", 1e-30)]
    public void Float_norms_neither_overflow_nor_vanish(string name, double magnitude)
    {
        // Three steps, so that what is kept from one to the next is seen; without epsilon the magnitude must not show.
        var rule = RuleRegistry.Find(name)!.Create();
        rule = RuleProperty.Of(rule).Single(h => h.Name == "Epsilon").WithNumber(rule, 0);
        rule = RuleProperty.Of(rule).Single(h => h.Name == "WeightDecay").WithNumber(rule, 0);
        rule = rule is Lars lars ? lars.WithAlwaysAdapt(true) : rule;
        Same.Close(After(1), After(magnitude), 1e-5, 1);

        double[] After(double scale)
        {
            var start = TensorSet.OfArray([1f, -2, 3]);
            TensorSet<float>[] gradients = [.. Enumerable.Range(1, 3).Select(t => TensorSet.OfArray(Array.ConvertAll([0.5, -0.25 * t, 0.75], g => (float)(scale * g))))];
            return Array.ConvertAll(Optimizer.Fold(Optimizer.Init(rule, start), gradients).Parameters.ToArray(), x => (double)x);
        }
    }

    [Fact]
    public void Lambs_norms_do_not_overflow_in_float()
    {
        var state = Optimizer.Init(new Lamb { LearningRate = 0.5, MaxGradientNorm = 1 }, TensorSet.OfArray([3e20f, -4e20f]));
        float[] next = state.Step(TensorSet.OfArray([1e20f, -1e20f])).Item2.ToArray();
        Same.Close(2.5e20, Layerwise.Norm([3e20 - next[0], -4e20 - next[1]]), 1e-6);
    }

    [Theory]
    [InlineData("lars")]
    [InlineData("lamb")]
    [InlineData("novograd")]
    [InlineData("adam_mini")]
    [InlineData("adaptive_gradient_clipping")]
    [InlineData("centralize_gradient")]
    [InlineData("dadapt_sgd")]
    [InlineData("dadapt_adam")]
    [InlineData("prodigy")]
    [InlineData("swats")]
    public void Ten_thousand_tiny_tensors_and_empty_ones_are_stepped(string name)
    {
        var layout = Layout.OfSequence(Enumerable.Range(0, 10_000).Select(i => new TensorShape(
            i.ToString(CultureInfo.InvariantCulture), (i % 4) switch { 0 => [], 1 => [0], 2 => [1, 2], _ => [2, 0] })));
        var start = TensorSet.Generate(layout, i => 1.0 + (i % 7));
        var rule = RuleRegistry.Find(name)!.Create();
        var end = Optimizer.Fold(Optimizer.Init(rule, start), [start.Scale(0.5), start.Scale(0.25), start]);
        Assert.All(end.Parameters.ToArray(), x => Assert.True(double.IsFinite(x)));
        Assert.NotEqual(start.ToArray(), end.Parameters.ToArray());
        Assert.All(end.Slots.Values, slot => Assert.All(slot.ToArray(), x => Assert.True(double.IsFinite(x))));
    }

    [Fact]
    public void The_shares_of_large_sets_are_those_of_small_ones() => Law.Check(output, Cases.Of(draw => draw.Integer(1, 1000)), seed =>
    {
        // Two tensors whose border lies off every lane and chunk, large enough to be written past the caches.
        const int First = 700_001, Second = 600_000;
        var layout = Layout.Of(new TensorShape("a", First), new TensorShape("b", Second));
        var random = new Random(seed);
        var start = TensorSet.Generate(layout, _ => (float)random.NextDouble());
        var gradient = TensorSet.Generate(layout, _ => (float)random.NextDouble());
        var state = Optimizer.Init(new Lars { Momentum = 0.9 }, start);
        var next = state.Step(gradient).Item1;
        Same.Bits(next, Optimizer.Fold(state, [gradient]));
        var alone = Optimizer.Init(new Lars { Momentum = 0.9 }, TensorSet.OfTensors(start["b"])).Step(TensorSet.OfTensors(gradient["b"])).Item2;
        Same.Bits(alone.Span, next.Parameters["b"].Span);
    }, 2);
}

/// <summary>Plain sums for the laws of rules by tensors.</summary>
internal static class Layerwise
{
    public static double Norm(double[] x)
    {
        double largest = x.Select(Math.Abs).DefaultIfEmpty().Max();
        return largest == 0 || !double.IsFinite(largest) ? largest : largest * Math.Sqrt(x.Sum(e => e / largest * (e / largest)));
    }

    /// <summary>The update of a rule without a learning rate, exactly: a buffer without memory keeps it.</summary>
    public static double[] Update(Rule rule, TensorSet<double> parameters, TensorSet<double> gradient) =>
        Optimizer.Init(rule.Then(new ScaleByMomentum { Momentum = 0 }), parameters).Step(gradient).Item1.Slots.Values.Last().ToArray();
}
