using System.Numerics;
using Optim.LinearAlgebra;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.LinearAlgebra;

/// <summary>Products against three loops, to the last bit.</summary>
public class ProductTests(ITestOutputHelper output)
{
    [Fact]
    public void A_product_is_a_chain_of_fused_multiplications_whatever_shape_and_threads() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        int rows = draw.Integer(0, 40), inner = draw.Integer(0, 40), columns = draw.Integer(0, 80);
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] a = Numbers<T>(draw, rows * inner), b = Numbers<T>(draw, inner * columns), c = Numbers<T>(draw, rows * columns);
            Product.Of<T>(a, b, c, rows, inner, columns, new Engine(draw.Integer(1, 3)));
            Same.Bits<T>(Loops(a, b, rows, inner, columns), c);
        }
    }, 150);

    [Fact]
    public void A_large_product_has_the_same_bits_on_several_threads()
    {
        const int Rows = 97, Inner = 130, Columns = 201;
        var draw = new Draw(1, 100);
        double[] a = Numbers<double>(draw, Rows * Inner), b = Numbers<double>(draw, Inner * Columns), c = new double[Rows * Columns];
        foreach (int threads in new[] { 1, 2, 3, 8 })
        {
            Array.Clear(c);
            Product.Of<double>(a, b, c, Rows, Inner, Columns, new Engine(threads));
            Same.Bits<double>(Loops(a, b, Rows, Inner, Columns), c);
        }
    }

    [Fact]
    public void Transposing_twice_changes_nothing() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        int rows = draw.Integer(0, 50), columns = draw.Integer(0, 50);
        double[] x = Numbers<double>(draw, rows * columns), y = new double[x.Length], z = new double[x.Length];
        Product.Transpose<double>(x, y, rows, columns);
        Product.Transpose<double>(y, z, columns, rows);
        Same.Bits<double>(x, z);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal(x[i], y[(i % columns * rows) + (i / columns)]);
        }
    });

    [Fact]
    public void Factors_that_do_not_fit_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Product.Of<double>(new double[6], new double[6], new double[4], 2, 3, 3, new Engine(1)));

    private static T[] Numbers<T>(Draw draw, int length)
        where T : unmanaged, IFloatingPointIeee754<T> => Array.ConvertAll(draw.Numbers(length, draw.Plain), T.CreateTruncating);

    private static T[] Loops<T>(T[] a, T[] b, int rows, int inner, int columns)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var c = new T[rows * columns];
        for (int i = 0; i < c.Length; i++)
        {
            for (int k = 0; k < inner; k++)
            {
                c[i] = T.FusedMultiplyAdd(b[(k * columns) + (i % columns)], a[(i / columns * inner) + k], c[i]);
            }
        }

        return c;
    }
}
