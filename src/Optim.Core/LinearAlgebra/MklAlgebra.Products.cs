using MathNet.Numerics;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace Optim.LinearAlgebra;

/// <content>Vectors and products.</content>
internal sealed unsafe partial class MklAlgebra<T>
{
    /// <summary>For shorter vectors managed code is faster than a native call.</summary>
    private const int LeastVector = 32;

    public void AddVectorToScaledVector(T[] y, T alpha, T[] x, T[] result)
    {
        if (y is null || !Has(x, y.Length) || !Has(result, y.Length) || y.Length < LeastVector || alpha.Equals(default) || ReferenceEquals(x, result))
        {
            managed.AddVectorToScaledVector(y!, alpha, x!, result!);
            return;
        }

        if (!ReferenceEquals(y, result))
        {
            y.CopyTo(result, 0);
        }

        int length = y.Length, step = 1;
        fixed (T* from = x, to = result)
        {
            mkl.Axpy(&length, &alpha, from, &step, to, &step);
        }
    }

    public void ScaleArray(T alpha, T[] x, T[] result)
    {
        if (x is null || !Has(result, x.Length) || x.Length < LeastVector || alpha.Equals(default) || alpha.Equals(One))
        {
            managed.ScaleArray(alpha, x!, result);
            return;
        }

        if (!ReferenceEquals(x, result))
        {
            x.CopyTo(result, 0);
        }

        int length = x.Length, step = 1;
        fixed (T* values = result)
        {
            mkl.Scal(&length, &alpha, values, &step);
        }
    }

    public T DotProduct(T[] x, T[] y)
    {
        if (x is null || !Has(y, x.Length) || x.Length < LeastVector)
        {
            return managed.DotProduct(x!, y!);
        }

        fixed (T* left = x, right = y)
        {
            if (mkl.IsComplex)
            {
                T result;
                ((delegate* unmanaged<int, T*, int, T*, int, T*, void>)mkl.Dot)(x.Length, left, 1, right, 1, &result);
                return result;
            }

            return mkl.IsSingle
                ? Number(((delegate* unmanaged<int, T*, int, T*, int, float>)mkl.Dot)(x.Length, left, 1, right, 1))
                : Number(((delegate* unmanaged<int, T*, int, T*, int, double>)mkl.Dot)(x.Length, left, 1, right, 1));
        }
    }

    public void MatrixMultiply(T[] x, int rowsX, int columnsX, T[] y, int rowsY, int columnsY, T[] result)
    {
        if (!TryMultiply(Transpose.DontTranspose, Transpose.DontTranspose, One, x, rowsX, columnsX, y, rowsY, columnsY, default, result))
        {
            managed.MatrixMultiply(x, rowsX, columnsX, y, rowsY, columnsY, result);
        }
    }

    public void MatrixMultiplyWithUpdate(
        Transpose transposeA, Transpose transposeB, T alpha, T[] a, int rowsA, int columnsA, T[] b, int rowsB, int columnsB, T beta, T[] c)
    {
        if (!TryMultiply(transposeA, transposeB, alpha, a, rowsA, columnsA, b, rowsB, columnsB, beta, c))
        {
            managed.MatrixMultiplyWithUpdate(transposeA, transposeB, alpha, a, rowsA, columnsA, b, rowsB, columnsB, beta, c);
        }
    }

    private static byte Letter(Transpose transpose) => transpose switch
    {
        Transpose.DontTranspose => N,
        Transpose.Transpose => (byte)'T',
        _ => C,
    };

    private bool TryMultiply(
        Transpose transposeA, Transpose transposeB, T alpha, T[] a, int rowsA, int columnsA, T[] b, int rowsB, int columnsB, T beta, T[] c)
    {
        var (rows, inner) = transposeA == Transpose.DontTranspose ? (rowsA, columnsA) : (columnsA, rowsA);
        var (innerB, columns) = transposeB == Transpose.DontTranspose ? (rowsB, columnsB) : (columnsB, rowsB);
        if (rows <= 0 || inner <= 0 || columns <= 0 || inner != innerB || alpha.Equals(default)
            || !Has(a, (long)rows * inner) || !Has(b, (long)inner * columns) || !Has(c, (long)rows * columns)
            || ReferenceEquals(a, c) || ReferenceEquals(b, c))
        {
            return false;
        }

        byte letterA = Letter(transposeA), letterB = Letter(transposeB);
        fixed (T* x = a, y = b, z = c)
        {
            mkl.Gemm(&letterA, &letterB, &rows, &columns, &inner, &alpha, x, &rowsA, y, &rowsB, &beta, z, &rows);
        }

        return true;
    }
}
