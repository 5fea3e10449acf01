using System.Numerics;
using MathNet.Numerics.LinearAlgebra.Factorization;
using MathNet.Numerics.Providers.LinearAlgebra;
using Xunit;

namespace Optim.Properties.LinearAlgebra;

/// <content>LU, Cholesky, QR, singular values, eigenvectors.</content>
public partial class MklAlgebraTests
{
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
}
