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
    public void A_symmetric_product_has_the_bits_of_the_whole_one() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        int order = draw.Integer(0, 90), inner = draw.Integer(0, 40);
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] x = Numbers<T>(draw, order * inner), turned = new T[x.Length], square = Numbers<T>(draw, order * order), fourth = new T[square.Length];
            Product.Transpose<T>(x, turned, order, inner);
            Product.OfSymmetric<T>(x, turned, square, order, inner, new Engine(draw.Integer(1, 3)));
            Same.Bits<T>(Loops(x, turned, order, inner, order), square);
            Product.OfSymmetric<T>(square, square, fourth, order, order, new Engine(1));
            Same.Bits<T>(Loops(square, square, order, order, order), fourth);
        }
    }, 100);

    [MklFact]
    public void Products_by_MKL_are_near_whole_or_in_panels_of_a_wider_matrix() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        // Several panels where a matrix is large, and the last one narrower.
        int rows = draw.Of(draw.Integer(0, 40), draw.Integer(120, 300)), inner = draw.Integer(0, 40), columns = draw.Of(0, 1, rows, draw.Integer(0, 80));
        Check<float>(1e-5);
        Check<double>(1e-13);

        void Check<T>(double tolerance)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var mkl = new Engine(draw.Integer(1, 3)).WithBackend(Backend.MklMatrices);
            T[] a = Numbers<T>(draw, rows * inner), b = Numbers<T>(draw, inner * columns), c = Numbers<T>(draw, rows * columns);
            Product.Of<T>(a, b, c, rows, inner, columns, mkl);
            Near(Loops(a, b, rows, inner, columns), c);

            T[] turned = new T[a.Length], square = Numbers<T>(draw, rows * rows);
            Product.Transpose<T>(a, turned, rows, inner);
            Product.OfSymmetric<T>(a, turned, square, rows, inner, mkl);
            Near(Loops(a, turned, rows, inner, rows), square);

            // A sum of up to 40 products of numbers within 10.
            void Near(T[] expected, T[] actual) => Same.Close(
                Array.ConvertAll(expected, double.CreateTruncating), Array.ConvertAll(actual, double.CreateTruncating), tolerance, scale: 100 * Math.Max(1, inner));
        }
    }, 60);

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
