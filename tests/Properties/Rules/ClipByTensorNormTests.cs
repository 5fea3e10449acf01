using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Laws 17 and 18, tensor by tensor.</summary>
public class ClipByTensorNormTests(ITestOutputHelper output)
{
    public static TheoryData<double> Orders => [1, 2, 3, double.PositiveInfinity];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Law_17_clipping_twice_is_clipping_once_and_keeps_each_norm(double order) => Law.Check(output, Any(order), s =>
    {
        var clip = (ClipByTensorNorm)s.Rule;
        double[] once = Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
        double[] twice = Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(once));
        Same.Bits<double>(once, twice);
        foreach (var range in Tensors(s.Layout))
        {
            Assert.True(Norm(once[range], order) <= clip.MaxNorm.At(0) * (1 + 1e-13));
        }
    });

    [Theory]
    [MemberData(nameof(Orders))]
    public void Law_18_a_tensor_is_multiplied_by_one_number_in_0_to_1_and_only_where_it_is_too_large(double order) => Law.Check(output, Any(order), s =>
    {
        var clip = (ClipByTensorNorm)s.Rule;
        double limit = clip.MaxNorm.At(0);
        double[] update = Layerwise.Update(s.Rule, s.StartOf<double>(), s.Set<double>(s.Gradients[0]));
        foreach (var range in Tensors(s.Layout))
        {
            double[] g = s.Gradients[0][range], u = update[range];
            double norm = Norm(g, order);
            if (norm < limit * (1 - 1e-12))
            {
                Assert.Equal(g, u);
            }
            else if (norm > limit * (1 + 1e-12))
            {
                double factor = limit / (norm + clip.Epsilon.At(0));
                Assert.InRange(factor, 0, 1);
                Same.Close([.. g.Select(x => factor * x)], u, 1e-12, 1e-300);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Orders))]
    public void Clipping_begins_at_the_limit_itself(double order)
    {
        var gradient = TensorSet.OfValues<double>(Layout.Of(new TensorShape("a", 3), new TensorShape("b", 2)), [1, -2, 3, 0.5, 0.25]);
        double norm = Norm([1, -2, 3], order);
        foreach (double share in new[] { 0.5, 0.7, 0.999, 1 - 1e-11, 1 + 1e-11, 1.001, 1.9 })
        {
            double factor = Math.Min(share, 1);
            double[] clipped = Layerwise.Update(new ClipByTensorNorm { MaxNorm = share * norm, NormType = order, Epsilon = 0 }, TensorSet.Filled(gradient.Layout, 0.0), gradient);
            Same.Close([factor, -2 * factor, 3 * factor, 0.5, 0.25], clipped, 1e-14);
        }
    }

    [Fact]
    public void A_single_tensor_is_clipped_as_by_the_global_norm() => Law.Check(output, Any(2), s =>
    {
        var clip = (ClipByTensorNorm)s.Rule;
        var flat = new Scenario(s.Rule, [s.Start.Length], s.Start, s.Gradients);
        var global = new ClipByGlobalNorm { MaxNorm = clip.MaxNorm, Epsilon = clip.Epsilon };
        Same.Close(
            Layerwise.Update(global, flat.StartOf<double>(), flat.Set<double>(flat.Gradients[0])),
            Layerwise.Update(clip, flat.StartOf<double>(), flat.Set<double>(flat.Gradients[0])), 4e-16, 1e-300);
    });

    [Fact]
    public void The_tensors_do_not_shrink_each_other()
    {
        var gradient = TensorSet.OfValues<double>(Layout.Of(new TensorShape("a"), new TensorShape("b", 2), new TensorShape("none", 0)), [0.5, 30, 40]);
        var clip = new ClipByTensorNorm { MaxNorm = 5, Epsilon = 0 };
        Same.Close([0.5, 3, 4], Layerwise.Update(clip, TensorSet.Filled(gradient.Layout, 0.0), gradient), 1e-15);
    }

    [Theory]
    [InlineData(1e20)]
    [InlineData(3e38)]
    [InlineData(1e-30)]
    public void Float_norms_neither_overflow_nor_vanish(double magnitude)
    {
        var gradient = TensorSet.Filled(Layout.OfVector(4), (float)magnitude);
        var state = Optimizer.Init(new ClipByTensorNorm { MaxNorm = magnitude / 2, Epsilon = 0 }, TensorSet.Filled(gradient.Layout, 0f));
        Assert.All(state.Step(gradient).Item2.ToArray(), x => Same.Close(-magnitude / 4, x, 1e-6));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_norm_that_is_not_finite_spreads_over_its_tensor_or_is_refused_by_name_and_leaves_the_state_alive(double bad)
    {
        var start = TensorSet.OfValues<double>(Layout.Of(new TensorShape("fine", 2), new TensorShape("head.weight", 2)), [1, 2, 3, 4]);
        var gradient = TensorSet.OfValues<double>(start.Layout, [3, 4, 0.5, bad]);
        double[] spread = Layerwise.Update(new ClipByTensorNorm { MaxNorm = 10 }, start, gradient);
        Assert.Equal([3, 4, double.IsNaN(bad) ? double.NaN : 0, double.NaN], spread);

        var state = Optimizer.Init(new ScaleByAdam().Then(new ClipByTensorNorm { ErrorIfNonFinite = true }), start).Step(TensorSet.Filled(start.Layout, 0.5)).Item1;
        var copy = Optimizer.Restore(state.Rule, state.StepCount, state.Parameters.Copy(), state.Slots, state.Scalars);
        var donated = state.Donate();
        var error = Assert.Throws<ArithmeticException>(() => donated.Step(gradient));
        Assert.Equal("ClipByTensorNorm: the norm of the update of 'head.weight' must be finite, was NaN at step 1.", error.Message);
        Assert.Equal(copy, donated);
    }

    private static FsCheck.Arbitrary<Scenario> Any(double order) => Scenario.From(
        draw => new ClipByTensorNorm { MaxNorm = Math.Pow(10, draw.Integer(-20, 20)), NormType = order, Epsilon = draw.Of(0, 1e-6) }, steps: (1, 1));

    private static IEnumerable<Range> Tensors(Layout layout) =>
        Enumerable.Range(0, layout.Count).Select(i => new Range(layout.OffsetOf(i), layout.OffsetOf(i) + layout[i].Length));

    private static double Norm(double[] x, double order)
    {
        double largest = x.Select(Math.Abs).DefaultIfEmpty().Max();
        return largest == 0 || double.IsInfinity(order) ? largest : largest * Math.Pow(x.Sum(e => Math.Pow(Math.Abs(e / largest), order)), 1 / order);
    }
}
