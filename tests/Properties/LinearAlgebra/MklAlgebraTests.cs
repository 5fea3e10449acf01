using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra.Factorization;
using MathNet.Numerics.Providers.LinearAlgebra;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;
using Complex = System.Numerics.Complex;

namespace Optim.Properties.LinearAlgebra;

/// <summary>Intel MKL against MathNet's managed code and against what factors must be, on random shapes.</summary>
public class MklAlgebraTests(ITestOutputHelper output)
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

    private static void Lu<T>(Draw draw, int order, int columns)
        where T : unmanaged, IEquatable<T>
    {
        var pair = new MklPair<T>();
        T[] a = MklPair<T>.Regular(draw, order, order), b = MklPair<T>.Random(draw, order * columns);
        MklPair<T>.Near(Solved(pair.Managed, pair.Managed), Solved(pair.Mkl, pair.Mkl), 50 + order);
        // A factor of the one may be used by the other.
        MklPair<T>.Near(Solved(pair.Managed, pair.Managed), Solved(pair.Mkl, pair.Managed), 50 + order);
        MklPair<T>.Near(Solved(pair.Managed, pair.Managed), Solved(pair.Managed, pair.Mkl), 50 + order);
        T[] inverse = (T[])a.Clone();
        pair.Mkl.LUInverse(inverse, order);
        MklPair<T>.Near(MklPair<T>.Identity(order), MklPair<T>.Multiply(MklPair<T>.Widen(a), MklPair<T>.Widen(inverse), order, order, order), 50 + order);

        // Any matrix: P A = L U.
        T[] any = MklPair<T>.Random(draw, order * order), factors = (T[])any.Clone();
        int[] pivots = new int[order];
        pair.Mkl.LUFactor(factors, order, pivots);
        Complex[] permuted = MklPair<T>.Widen(any), wide = MklPair<T>.Widen(factors);
        for (int i = 0; i < order; i++)
        {
            Assert.InRange(pivots[i], i, order - 1);
            for (int j = 0; j < order; j++)
            {
                (permuted[(j * order) + i], permuted[(j * order) + pivots[i]]) = (permuted[(j * order) + pivots[i]], permuted[(j * order) + i]);
            }
        }

        var lower = wide.Select((x, i) => i % order > i / order ? x : i % order == i / order ? 1 : 0).ToArray();
        var upper = wide.Select((x, i) => i % order <= i / order ? x : 0).ToArray();
        MklPair<T>.Near(permuted, MklPair<T>.Multiply(lower, upper, order, order, order), 20 * (order + 1));

        T[] Solved(ILinearAlgebraProvider<T> factoring, ILinearAlgebraProvider<T> solving)
        {
            T[] x = (T[])b.Clone(), y = (T[])b.Clone(), lu = (T[])a.Clone();
            int[] p = new int[order];
            solving.LUSolve(columns, a, order, x);
            factoring.LUFactor(lu, order, p);
            solving.LUSolveFactored(columns, lu, order, p, y);
            return [.. x, .. y];
        }
    }

    private static void Cholesky<T>(Draw draw, int order, int columns)
        where T : unmanaged, IEquatable<T>
    {
        var pair = new MklPair<T>();
        T[] a = MklPair<T>.Hermitian(draw, order), b = MklPair<T>.Random(draw, order * columns);
        for (int i = 0; i < order; i++)
        {
            a[(i * order) + i] = MklPair<T>.Number(MklPair<T>.Widen(a[(i * order) + i]) + (30 * order));
        }

        var (expected, expectedX) = Solved(pair.Managed);
        var (actual, x) = Solved(pair.Mkl);
        MklPair<T>.Near(expected, actual, 20 + order);
        MklPair<T>.Near(expectedX, x, 50 + order);
        Assert.All(actual.Where((_, i) => i % order < i / order), zero => Assert.Equal(default, zero));

        (T[] Factor, T[] X) Solved(ILinearAlgebraProvider<T> p)
        {
            T[] factor = (T[])a.Clone(), y = (T[])b.Clone(), z = (T[])b.Clone();
            if (order > 0)
            {
                p.CholeskyFactor(factor, order);
                p.CholeskySolveFactored(factor, order, y, columns);
                p.CholeskySolve(a, order, z, columns);
            }

            return (factor, [.. y, .. z]);
        }
    }

    private static void Qr<T>(Draw draw, int rows, int columns)
        where T : unmanaged, IEquatable<T>
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        var pair = new MklPair<T>();
        double roundings = 20 * (rows + columns);
        T[] a = MklPair<T>.Regular(draw, rows, columns), r = (T[])a.Clone(), q = new T[rows * rows], tau = new T[Math.Min(rows, columns)];
        pair.Mkl.QRFactor(r, rows, columns, q, tau);
        Factors(q, r, rows, rows);
        if (rows < columns)
        {
            return;
        }

        T[] thin = (T[])a.Clone(), square = MklPair<T>.Random(draw, columns * columns);
        pair.Mkl.ThinQRFactor(thin, rows, columns, square, tau);
        Factors(thin, square, columns, columns);

        T[] b = MklPair<T>.Random(draw, rows * 3);
        T[] expected = Solved(pair.Managed, QRMethod.Full);
        MklPair<T>.Near(expected, Solved(pair.Mkl, QRMethod.Full), roundings);
        MklPair<T>.Near(expected, Solved(pair.Mkl, QRMethod.Thin), roundings);

        void Factors(T[] orthonormal, T[] triangular, int inner, int rowsR)
        {
            Complex[] wideQ = MklPair<T>.Widen(orthonormal), wideR = MklPair<T>.Widen(triangular);
            MklPair<T>.Near(MklPair<T>.Identity(inner), MklPair<T>.Multiply(MklPair<T>.Adjoint(wideQ, rows, inner), wideQ, inner, rows, inner), roundings);
            MklPair<T>.Near(MklPair<T>.Widen(a), MklPair<T>.Multiply(wideQ, wideR, rows, inner, columns), roundings);
            Assert.All(wideR.Where((_, i) => i % rowsR > i / rowsR), zero => Assert.Equal(Complex.Zero, zero));
        }

        T[] Solved(ILinearAlgebraProvider<T> p, QRMethod method)
        {
            T[] x = new T[columns * 3], y = new T[columns * 3];
            p.QRSolve(a, rows, columns, b, 3, x, method);
            var (fq, fr) = method == QRMethod.Full ? (q, r) : (thin, square);
            p.QRSolveFactored(fq, fr, rows, columns, tau, b, 3, y, method);
            return [.. x, .. y];
        }
    }

    private static void Svd<T>(Draw draw, int rows, int columns)
        where T : unmanaged, IEquatable<T>
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        var pair = new MklPair<T>();
        int least = Math.Min(rows, columns);
        double roundings = 30 * (rows + columns);
        T[] a = MklPair<T>.Random(draw, rows * columns), s = new T[least], alone = new T[least], expected = new T[least];
        T[] u = new T[rows * rows], vt = new T[columns * columns];
        pair.Managed.SingularValueDecomposition(false, (T[])a.Clone(), rows, columns, expected, new T[u.Length], new T[vt.Length]);
        pair.Mkl.SingularValueDecomposition(false, (T[])a.Clone(), rows, columns, alone, new T[u.Length], new T[vt.Length]);
        pair.Mkl.SingularValueDecomposition(true, (T[])a.Clone(), rows, columns, s, u, vt);
        MklPair<T>.Near(expected, s, roundings);
        MklPair<T>.Near(expected, alone, roundings);
        var diagonal = new Complex[rows * columns];
        for (int i = 0; i < least; i++)
        {
            diagonal[(i * rows) + i] = MklPair<T>.Widen(s[i]);
        }

        Complex[] left = MklPair<T>.Widen(u), right = MklPair<T>.Widen(vt);
        var product = MklPair<T>.Multiply(MklPair<T>.Multiply(left, diagonal, rows, rows, columns), right, rows, columns, columns);
        MklPair<T>.Near(MklPair<T>.Widen(a), product, roundings);
        MklPair<T>.Near(MklPair<T>.Identity(rows), MklPair<T>.Multiply(MklPair<T>.Adjoint(left, rows, rows), left, rows, rows, rows), roundings);
        MklPair<T>.Near(MklPair<T>.Identity(columns), MklPair<T>.Multiply(MklPair<T>.Adjoint(right, columns, columns), right, columns, columns, columns), roundings);

        T[] regular = MklPair<T>.Regular(draw, rows, columns), b = MklPair<T>.Random(draw, rows * 2), x = new T[columns * 2], expectedX = new T[columns * 2];
        pair.Managed.SvdSolve(regular, rows, columns, b, 2, expectedX);
        pair.Mkl.SvdSolve(regular, rows, columns, b, 2, x);
        MklPair<T>.Near(expectedX, x, roundings);
    }

    private static void Eigen<T>(Draw draw, int order, int columns)
        where T : unmanaged, IEquatable<T>
    {
        if (order == 0)
        {
            return;
        }

        var pair = new MklPair<T>();
        double roundings = 60 * (order + 3);
        T[] symmetric = MklPair<T>.Hermitian(draw, order), any = MklPair<T>.Random(draw, order * order);
        var (values, vectors) = Decomposed(pair.Mkl, symmetric, isSymmetric: true);
        MklPair<T>.Near(Decomposed(pair.Managed, symmetric, isSymmetric: true).Values, values, roundings);
        MklPair<T>.Near(MklPair<T>.Identity(order), MklPair<T>.Multiply(MklPair<T>.Adjoint(vectors, order, order), vectors, order, order, order), roundings);
        var (general, _) = Decomposed(pair.Mkl, any, isSymmetric: false);
        // The sum of the eigenvalues is that of the diagonal.
        Complex trace = Enumerable.Range(0, order).Select(i => MklPair<T>.Widen(any[(i * order) + i])).Aggregate((x, y) => x + y);
        double scale = 30 * order;
        MklPair<T>.Near([trace, scale], [general.Aggregate((x, y) => x + y), scale], roundings);

        (Complex[] Values, Complex[] Vectors) Decomposed(ILinearAlgebraProvider<T> p, T[] a, bool isSymmetric)
        {
            // The managed code wants to begin with the identity, and MathNet's decompositions give it that.
            T[] matrix = (T[])a.Clone(), v = [.. MklPair<T>.Identity(order).Select(MklPair<T>.Number)], d = new T[a.Length];
            var eigenvalues = new Complex[order];
            p.EigenDecomp(isSymmetric, order, matrix, v, eigenvalues, d);
            Assert.Equal(a, matrix);
            Complex[] wide = MklPair<T>.Widen(v);
            Complex[] stretched = MklPair<T>.Multiply(wide, MklPair<T>.Widen(d), order, order, order), turned = MklPair<T>.Multiply(MklPair<T>.Widen(a), wide, order, order, order);
            MklPair<T>.Near([.. turned, scaleOf(a)], [.. stretched, scaleOf(a)], roundings);
            Assert.All(wide.Chunk(order), vector => Assert.Contains(vector, x => Complex.Abs(x) > 1e-6));
            return (eigenvalues, wide);
        }

        Complex scaleOf(T[] a) => 10 * Math.Sqrt(a.Length);
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
