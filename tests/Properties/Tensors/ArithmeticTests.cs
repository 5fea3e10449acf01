using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Tensors;

/// <summary>The arithmetic of sets against plain loops.</summary>
public class ArithmeticTests(ITestOutputHelper output)
{
    [Fact]
    public void Arithmetic_is_the_plain_loop() => Law.Check(output, Pairs(draw => draw.Wide()), pair =>
    {
        Check<float>(pair);
        Check<double>(pair);

        static void Check<T>((double[] X, double[] Y) pair)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            TensorSet<T> x = Set<T>(pair.X), y = Set<T>(pair.Y);
            T[] a = x.ToArray(), b = y.ToArray();
            T factor = a.Length > 0 ? a[0] : T.One;
            Same.Bits<T>(Zip(a, b, (p, q) => p + q), (x + y).Span, "sum");
            Same.Bits<T>(Zip(a, b, (p, q) => p - q), (x - y).Span, "difference");
            Same.Bits<T>(Zip(a, a, (p, _) => p * factor), (factor * x).Span, "multiple");
            Same.Bits<T>(Zip(a, b, (p, q) => p * q), x.Zip(y, (p, q) => p * q).Span, "zip");
            Same.Bits<T>(Zip(a, a, (p, _) => -p), x.Map(p => -p).Span, "map");
            Assert.Equal(x.Add(y), x + y);
            Assert.Equal(x.Subtract(y), x - y);
            Assert.Equal(x.Scale(factor), factor * x);
            Assert.Equal(x, x.Copy());
        }
    });

    [Fact]
    public void Norm_and_Dot_are_near_the_plain_sums() => Law.Check(output, Pairs(draw => draw.Plain()), pair =>
    {
        double[] terms = Zip(pair.X, pair.Y, (x, y) => x * y);
        double squares = pair.X.Sum(x => x * x), products = terms.Sum(), magnitudes = terms.Sum(Math.Abs);
        Same.Close(Math.Sqrt(squares), Set<double>(pair.X).Norm(), 1e-13);
        Same.Close(products, Set<double>(pair.X).Dot(Set<double>(pair.Y)), 1e-13, magnitudes);
        Same.Close(Math.Sqrt(squares), Set<float>(pair.X).Norm(), 1e-6);
        Same.Close(products, Set<float>(pair.X).Dot(Set<float>(pair.Y)), 1e-6, magnitudes);
    });

    [Fact]
    public void Norm_scales_with_any_power_of_two_that_keeps_it_in_range() => Law.Check(output, Pairs(draw => draw.Moderate()), pair =>
    {
        double norm = Set<double>(pair.X).Norm();
        foreach (int power in new[] { -900, -500, 500, 900 })
        {
            Same.Close(Math.ScaleB(norm, power), Set<double>([.. pair.X.Select(x => Math.ScaleB(x, power))]).Norm(), 1e-13);
        }
    });

    [Theory]
    [InlineData(double.MaxValue)]
    [InlineData(double.Epsilon)]
    [InlineData(1e-310)]
    [InlineData(double.PositiveInfinity)]
    public void Norm_of_one_element_is_its_magnitude(double x)
    {
        Assert.Equal(x, TensorSet.OfArray([-x]).Norm());
        Assert.Equal(x, TensorSet.OfArray([0, x, 0]).Norm());
    }

    [Fact]
    public void A_norm_of_any_order_is_near_the_plain_sum_and_there_are_no_others() => Law.Check(output, Pairs(draw => draw.Plain()), pair =>
    {
        var set = Set<double>(pair.X);
        Assert.Equal(pair.X.Select(Math.Abs).DefaultIfEmpty(0).Max(), set.Norm(double.PositiveInfinity));
        foreach (int order in new[] { 1, 2, 3, 64 })
        {
            Same.Close(Math.Pow(pair.X.Sum(x => Math.Pow(Math.Abs(x), order)), 1.0 / order), set.Norm(order), 1e-13);
        }

        foreach (double order in new[] { 0, 1.5, 65, double.NaN })
        {
            Refused.With<ArgumentOutOfRangeException>("order must be a whole number from 1 to 64, or infinity, was", () => set.Norm(order));
        }
    });

    [Fact]
    public void NaN_is_never_lost_in_a_norm()
    {
        for (int at = 0; at < 70; at++)
        {
            Assert.Equal(double.NaN, TensorSet.Generate(Layout.OfVector(70), i => i == at ? double.NaN : 1e200).Norm());
            Assert.Equal(double.NaN, TensorSet.Generate(Layout.OfVector(70), i => i == at ? float.NaN : float.PositiveInfinity).Norm());
        }
    }

    [Fact]
    public void Sums_over_many_leaves_lose_no_element()
    {
        // Integers, whose sums are exact in any order.
        foreach (int length in new[] { 8191, 8192, 8193, 16384, 40_000, 100_001 })
        {
            var set = TensorSet.Generate<double>(Layout.OfVector(length), i => i % 7);
            Assert.Equal(Enumerable.Range(0, length).Sum(i => (long)(i % 7) * (i % 7)), set.Dot(set));
            Assert.Equal(Math.Sqrt(set.Dot(set)), set.Norm());
            var single = TensorSet.Generate<float>(set.Layout, i => i % 7);
            Assert.Equal(set.Dot(set), single.Dot(single));
        }
    }

    [Fact]
    public void Different_layouts_do_not_mix()
    {
        var x = TensorSet.OfArray([1.0, 2]);
        var y = TensorSet.OfArray([1.0, 2, 3]);
        Refused.With<ArgumentException>("shape [3]", () => x + y);
        Assert.Throws<ArgumentException>(() => x - y);
        Assert.Throws<ArgumentException>(() => x.Dot(y));
        Assert.Throws<ArgumentException>(() => x.Zip(y, (a, b) => a + b));
    }

    private static T[] Zip<T>(T[] x, T[] y, Func<T, T, T> function) => [.. x.Zip(y, function)];

    private static TensorSet<T> Set<T>(double[] values)
        where T : unmanaged, IFloatingPointIeee754<T> => TensorSet.OfArray(Array.ConvertAll(values, T.CreateTruncating));

    private static FsCheck.Arbitrary<(double[] X, double[] Y)> Pairs(Func<Draw, double> number) => Cases.Of(draw =>
    {
        int length = draw.Length();
        return (draw.Numbers(length, () => number(draw)), draw.Numbers(length, () => number(draw)));
    });
}
