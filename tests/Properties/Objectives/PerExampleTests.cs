using Optim.Properties.Checking;
using Optim.Properties.Rules;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Objectives;

/// <summary>Gradients of single examples (Abadi et al. 2016, algorithm 1).</summary>
public class PerExampleTests(ITestOutputHelper output)
{
    [Fact]
    public void The_mean_is_of_gradients_within_the_norm() => Law.Check(output, Any(), s =>
    {
        foreach (bool perTensor in new[] { false, true })
        {
            double[] expected = new double[s.Start.Length];
            foreach (double[] g in s.Gradients)
            {
                for (int tensor = 0; tensor < s.Layout.Count; tensor++)
                {
                    var range = s.Layout.OffsetOf(tensor)..(s.Layout.OffsetOf(tensor) + s.Layout[tensor].Length);
                    double norm = Layerwise.Norm(perTensor ? g[range] : g), most = perTensor ? 0.5 / Math.Sqrt(s.Layout.Count) : 0.5;
                    for (int i = range.Start.Value; i < range.End.Value; i++)
                    {
                        expected[i] += g[i] / Math.Max(1, norm / most) / s.Gradients.Length;
                    }
                }
            }

            Same.Close(expected, PerExample.ClippedMean(s.GradientsOf<double>(), 0.5, perTensor).ToArray(), 1e-12, 0.5);
        }
    });

    [Fact]
    public void One_example_more_moves_the_sum_by_no_more_than_the_norm() => Law.Check(output, Any(), s =>
    {
        var all = s.GradientsOf<double>().ToArray();
        if (all.Length > 1)
        {
            foreach (bool perTensor in new[] { false, true })
            {
                var with = PerExample.ClippedMean(all, 0.5, perTensor).Scale(all.Length);
                var without = PerExample.ClippedMean(all[1..], 0.5, perTensor).Scale(all.Length - 1);
                Assert.InRange((with - without).Norm(), 0, 0.5 * (1 + 1e-12));
            }
        }
    });

    [Fact]
    public void Without_noise_the_private_mean_is_the_clipped_one_and_a_lot_is_what_it_is_divided_by()
    {
        TensorSet<double>[] gradients = [TensorSet.OfArray([3.0, 4]), TensorSet.OfArray([0.1, 0])];
        Assert.Equal([0.35, 0.4], PerExample.ClippedMean(gradients, 1).ToArray().Select(x => Math.Round(x, 14)));
        Assert.Equal(PerExample.ClippedMean(gradients, 1), PerExample.PrivateMean(gradients, 1, 0, 5, 3));
        Assert.Equal([0.07, 0.08], PerExample.PrivateMean(gradients, 1, 0, 5, 3, lotSize: 10).ToArray().Select(x => Math.Round(x, 14)));
    }

    [Fact]
    public void The_noise_is_on_the_sum_has_its_deviation_and_is_the_same_again()
    {
        const double MaxNorm = 0.5, Multiplier = 3;
        var layout = Layout.Of(new TensorShape("a", 20_000), new TensorShape("b", 20_000));
        var zero = TensorSet.Filled(layout, 0.0);
        var noisy = PerExample.PrivateMean([zero, zero, zero, zero], MaxNorm, Multiplier, 7, 11);
        Assert.Equal(noisy, PerExample.PrivateMean([zero, zero, zero, zero], MaxNorm, Multiplier, 7, 11));
        Assert.NotEqual(noisy, PerExample.PrivateMean([zero, zero, zero, zero], MaxNorm, Multiplier, 8, 11));
        Assert.NotEqual(noisy, PerExample.PrivateMean([zero, zero, zero, zero], MaxNorm, Multiplier, 7, 12));
        Assert.NotEqual(noisy[0].Span.ToArray(), noisy[1].Span.ToArray());

        // Five standard errors of a mean and of a deviation; the seed is fixed.
        double deviation = MaxNorm * Multiplier / 4, n = layout.Length;
        double mean = noisy.ToArray().Average(), spread = Math.Sqrt(noisy.ToArray().Average(x => x * x));
        Assert.InRange(mean, -5 * deviation / Math.Sqrt(n), 5 * deviation / Math.Sqrt(n));
        Assert.InRange(spread, deviation * (1 - (5 / Math.Sqrt(2 * n))), deviation * (1 + (5 / Math.Sqrt(2 * n))));
    }

    [Fact]
    public void An_empty_lot_is_noise_over_its_size()
    {
        var layout = Layout.Of(new TensorShape("a", 50), new TensorShape("b", 3, 4));
        var zero = TensorSet.Filled(layout, 0.0);
        Assert.Equal(PerExample.PrivateMean([zero], 0.5, 3, 7, 11, lotSize: 8), PerExample.PrivateMean<double>([], 0.5, 3, 7, 11, lotSize: 8, layout: layout));
        Assert.Equal(zero, PerExample.PrivateMean<double>([], 0.5, 0, 7, 11, lotSize: 8, layout: layout));
    }

    [Fact]
    public void Its_noise_is_not_that_of_the_rule_that_adds_noise_with_the_same_seed()
    {
        // At the first step with an eta of 1 the rule adds the numbers themselves.
        var zero = TensorSet.Filled(Layout.Of(new TensorShape("a", 40)), 0.0);
        var added = zero - Optimizer.Init(new AddNoise { Eta = 1, Seed = 7 }, zero).Step(zero).Item2;
        var mean = PerExample.PrivateMean([zero], 1, 1, 7, 0);
        Assert.All(added.ToArray().Zip(mean.ToArray()), pair => Assert.NotEqual(pair.First, pair.Second));
        Assert.InRange(added.Norm() / Math.Sqrt(40), 0.5, 1.5);
    }

    [Fact]
    public void Examples_are_read_one_by_one()
    {
        int read = 0;
        IEnumerable<TensorSet<float>> Lazy()
        {
            for (; read < 3; read++)
            {
                yield return TensorSet.OfArray([read * 1f]);
            }
        }

        Assert.Equal([1f], PerExample.ClippedMean(Lazy(), 10).ToArray());
        Assert.Equal(3, read);
    }

    [Fact]
    public void What_cannot_be_is_refused_with_its_name()
    {
        var one = TensorSet.OfArray([1.0]);
        Refused.With<ArgumentException>("gradients must hold one or more, held none", () => PerExample.PrivateMean<double>([], 1, 1, 0, 0, lotSize: 4));
        Refused.With<ArgumentException>("lotSize must be given where there is no example", () => PerExample.PrivateMean<double>([], 1, 1, 0, 0, layout: one.Layout));
        Refused.With<ArgumentException>("gradients must all have one layout", () => PerExample.PrivateMean([one], 1, 1, 0, 0, layout: Layout.Of(new TensorShape("other", 1))));
        Refused.With<ArgumentException>("gradients must hold one or more, held none", () => PerExample.ClippedMean<double>([], 1));
        Refused.With<ArgumentException>("gradients must all have one layout", () => PerExample.ClippedMean([one, TensorSet.OfArray([1.0, 2])], 1));
        Refused.With<ArgumentException>("gradients must be finite, and their norms; that of example 1 is NaN", () => PerExample.ClippedMean([one, TensorSet.OfArray([double.NaN])], 1));
        Refused.With<ArgumentOutOfRangeException>("maxNorm must be more than 0", () => PerExample.ClippedMean([one], 0));
        Refused.With<ArgumentOutOfRangeException>("noiseMultiplier must be 0 or more", () => PerExample.PrivateMean([one], 1, double.NaN, 0, 0));
        Refused.With<ArgumentOutOfRangeException>("seed", () => PerExample.PrivateMean([one], 1, 1, -1, 0));
        Refused.With<ArgumentOutOfRangeException>("lotSize", () => PerExample.PrivateMean([one], 1, 1, 0, 0, lotSize: 0));
    }

    private static FsCheck.Arbitrary<Scenario> Any() => Scenario.From(_ => new Identity(), draw => draw.Moderate(), (1, 6));
}
