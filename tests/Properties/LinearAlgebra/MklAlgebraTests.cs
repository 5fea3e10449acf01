using MathNet.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;
using Complex = System.Numerics.Complex;

namespace Optim.Properties.LinearAlgebra;

/// <summary>Intel MKL against MathNet's managed code and against what factors must be, on random shapes.</summary>
public partial class MklAlgebraTests(ITestOutputHelper output)
{
    private delegate void Check(Draw draw, int rows, int columns);

    [MklFact]
    public void Sums_and_dot_products_of_vectors_are_those_of_the_managed_code() => Everywhere(Vectors<float>, Vectors<double>, Vectors<Complex32>, Vectors<Complex>);

    [MklFact]
    public void Products_are_those_of_the_managed_code_transposed_or_not() => Everywhere(Products<float>, Products<double>, Products<Complex32>, Products<Complex>);

    [MklFact]
    public void LU_solves_and_inverts() => Everywhere(Lu<float>, Lu<double>, Lu<Complex32>, Lu<Complex>);

    [MklFact]
    public void Cholesky_is_that_of_the_managed_code() => Everywhere(Cholesky<float>, Cholesky<double>, Cholesky<Complex32>, Cholesky<Complex>);

    [MklFact]
    public void QR_gives_an_orthonormal_and_a_triangular_factor() => Everywhere(Qr<float>, Qr<double>, Qr<Complex32>, Qr<Complex>);

    [MklFact]
    public void Singular_values_are_those_of_the_managed_code() => Everywhere(Svd<float>, Svd<double>, Svd<Complex32>, Svd<Complex>);

    [MklFact]
    public void Eigenvectors_are_stretched_by_their_eigenvalues() => Everywhere(Eigen<float>, Eigen<double>, Eigen<Complex32>, Eigen<Complex>);

    [MklFact]
    public void Arguments_that_do_not_fit_end_as_in_the_managed_code() => Everywhere(Misfits<float>, Misfits<double>, Misfits<Complex32>, Misfits<Complex>);

    [MklFact]
    public void What_is_not_finite_ends_as_in_the_managed_code()
    {
        var pair = new MklPair<double>();
        double[] nan = [1, double.NaN, 2, 3], singular = [1, 2, 2, 4], zero = new double[4];
        Same(pair, p => p.CholeskyFactor((double[])nan.Clone(), 2));
        Same(pair, p => p.CholeskyFactor([1, 2, 2, 1], 2));
        Same(pair, p =>
        {
            double[] s = new double[2];
            p.SingularValueDecomposition(true, (double[])nan.Clone(), 2, 2, s, new double[4], new double[4]);
            return s;
        });
        foreach (double[] a in new[] { singular, zero })
        {
            Same(pair, p =>
            {
                double[] b = [1, 2];
                p.LUSolve(1, a, 2, b);
                return b;
            });
            Same(pair, p =>
            {
                double[] inverse = (double[])a.Clone();
                p.LUInverse(inverse, 2);
                return inverse;
            });
        }
    }

    [MklFact]
    public void Many_threads_get_what_one_gets()
    {
        var pair = new MklPair<double>();
        const int Order = 60;
        var inputs = Enumerable.Range(0, 8).Select(seed => MklPair<double>.Regular(new Draw(seed, 100), Order, Order)).ToArray();
        var alone = inputs.Select(Work).ToArray();
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => Assert.Equal(alone[i % 8], Work(inputs[i % 8])));

        double[] Work(double[] a)
        {
            double[] product = new double[a.Length], s = new double[Order];
            pair.Mkl.MatrixMultiply(a, Order, Order, a, Order, Order, product);
            pair.Mkl.LUSolve(Order, a, Order, product);
            pair.Mkl.SingularValueDecomposition(true, product, Order, Order, s, new double[a.Length], new double[a.Length]);
            return s;
        }
    }

    private static void Vectors<T>(Draw draw, int rows, int columns)
        where T : unmanaged, IEquatable<T>
    {
        var pair = new MklPair<T>();
        int n = rows * columns;
        T[] x = MklPair<T>.Random(draw, n), y = MklPair<T>.Random(draw, n);
        T alpha = MklPair<T>.Number(draw.Of(Complex.Zero, Complex.One, new(draw.Plain(), draw.Plain())));
        MklPair<T>.Near([MklPair<T>.Widen(pair.Managed.DotProduct(x, y)), 200 * n], [MklPair<T>.Widen(pair.Mkl.DotProduct(x, y)), 200 * n], 4 + n);
        MklPair<T>.Near(Both(pair.Managed), Both(pair.Mkl), 8);

        T[] Both(ILinearAlgebraProvider<T> p)
        {
            T[] sum = new T[n], inPlace = (T[])y.Clone(), intoX = (T[])x.Clone(), scaled = new T[n], scaledInPlace = (T[])x.Clone();
            p.AddVectorToScaledVector(y, alpha, x, sum);
            p.AddVectorToScaledVector(inPlace, alpha, x, inPlace);
            p.AddVectorToScaledVector(y, alpha, intoX, intoX);
            p.ScaleArray(alpha, x, scaled);
            p.ScaleArray(alpha, scaledInPlace, scaledInPlace);
            return [.. sum, .. inPlace, .. intoX, .. scaled, .. scaledInPlace];
        }
    }

    private static void Products<T>(Draw draw, int rows, int columns)
        where T : unmanaged, IEquatable<T>
    {
        var pair = new MklPair<T>();
        int inner = draw.Integer(0, 30);
        Transpose[] all = [Transpose.DontTranspose, Transpose.Transpose, Transpose.ConjugateTranspose];
        Transpose left = draw.Of(all), right = draw.Of(all);
        var (rowsA, columnsA) = left == Transpose.DontTranspose ? (rows, inner) : (inner, rows);
        var (rowsB, columnsB) = right == Transpose.DontTranspose ? (inner, columns) : (columns, inner);
        T[] a = MklPair<T>.Random(draw, rows * inner), b = MklPair<T>.Random(draw, inner * columns), c = MklPair<T>.Random(draw, rows * columns);
        T alpha = Factor(), beta = Factor();
        MklPair<T>.Near(Updated(pair.Managed), Updated(pair.Mkl), 20 * (inner + 8));
        MklPair<T>.Near(Plain(pair.Managed), Plain(pair.Mkl), 20 * (inner + 8));

        T Factor() => MklPair<T>.Number(draw.Of(Complex.Zero, Complex.One, new(draw.Plain(), draw.Plain())));

        T[] Updated(ILinearAlgebraProvider<T> p)
        {
            T[] result = (T[])c.Clone();
            p.MatrixMultiplyWithUpdate(left, right, alpha, a, rowsA, columnsA, b, rowsB, columnsB, beta, result);
            return [.. result, MklPair<T>.Number(2000 * (inner + 1))];
        }

        T[] Plain(ILinearAlgebraProvider<T> p)
        {
            T[] result = (T[])c.Clone();
            p.MatrixMultiply(a, rows, inner, b, inner, columns, result);
            return [.. result, MklPair<T>.Number(200 * (inner + 1))];
        }
    }

    private static void Misfits<T>(Draw draw, int rows, int columns)
        where T : unmanaged, IEquatable<T>
    {
        var pair = new MklPair<T>();
        int wrong = Math.Max(0, rows + draw.Integer(-1, 1)), inner = draw.Integer(0, 4), innerB = Math.Max(0, inner + draw.Integer(-1, 1));
        T[] square = MklPair<T>.Regular(draw, wrong, rows), b = MklPair<T>.Random(draw, Math.Max(0, (rows * columns) + draw.Integer(-1, 1)));
        T[] left = MklPair<T>.Random(draw, rows * inner), right = MklPair<T>.Random(draw, innerB * columns);
        Same(pair, p =>
        {
            T[] c = (T[])b.Clone();
            p.MatrixMultiply(left, rows, inner, right, innerB, columns, c);
            return c;
        });
        Same(pair, p =>
        {
            T[] x = (T[])b.Clone();
            p.LUSolve(columns, square, rows, x);
            return x;
        });
        Same(pair, p =>
        {
            T[] x = (T[])b.Clone(), sum = new T[wrong];
            p.AddVectorToScaledVector(x, MklPair<T>.Number(2), left, sum);
            return sum;
        });
        Same(pair, p => p.DotProduct(null!, left));
        Same(pair, p => p.MatrixMultiply(null!, rows, inner, right, innerB, columns, b));
        Same(pair, p => p.LUFactor(null!, rows, new int[rows]));
        Same(pair, p => p.CholeskyFactor(null!, rows));
        Same(pair, p => p.QRFactor(square, wrong, rows, left, right));
        Same(pair, p => p.SingularValueDecomposition(true, square, wrong, rows, left, right, b));
        Same(pair, p => p.EigenDecomp(false, rows, null!, left, new Complex[rows], right));
    }

    private static void Same<T>(MklPair<T> pair, Action<ILinearAlgebraProvider<T>> action)
        where T : unmanaged, IEquatable<T> => Same(pair, p =>
        {
            action(p);
            return [];
        });

    private static void Same<T>(MklPair<T> pair, Func<ILinearAlgebraProvider<T>, T[]> action)
        where T : unmanaged, IEquatable<T>
    {
        T[]? expected = null, actual = null;
        var refusal = Record.Exception(() => expected = action(pair.Managed));
        Assert.Equal(refusal?.Message, Record.Exception(() => actual = action(pair.Mkl))?.Message);
        if (refusal is null)
        {
            Complex[] wide = MklPair<T>.Widen(expected!), other = MklPair<T>.Widen(actual!);
            if (wide.All(Complex.IsFinite))
            {
                MklPair<T>.Near(wide, other, 1000);
            }
            else
            {
                Assert.Equal(wide.Select(Complex.IsFinite), other.Select(Complex.IsFinite));
            }
        }
    }

    /// <summary>In all four types: empty, 1 by 1, tall, wide, square, beyond the edges of blocks.</summary>
    private void Everywhere(params Check[] checks) => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        int[] lengths = [0, 1, 2, 3, draw.Integer(1, 12), draw.Integer(1, 40)];
        int rows = draw.Of(lengths), columns = draw.OneIn(3) ? rows : draw.Of(lengths);
        foreach (var check in checks)
        {
            check(draw, rows, columns);
        }
    }, 150);
}
