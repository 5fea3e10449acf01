using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace Optim.Networks.Layers;

/// <summary>Row-major matrices in arrays: products by MathNet's current provider, sums and additions vectorized.</summary>
/// <remarks>MathNet is column-major and sees each of these as its transpose; no data is moved.</remarks>
internal static class RowMajor
{
    /// <summary><c>result = a b</c>, with <c>a</c> of rows x inner, <c>b</c> of inner x columns.</summary>
    public static void Multiply<T>(T[] a, T[] b, T[] result, int rows, int inner, int columns)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        View(b, inner, columns).Multiply(View(a, rows, inner), View(result, rows, columns));

    /// <summary><c>result = a b^T</c>, with <c>a</c> of rows x inner, <c>b</c> of columns x inner.</summary>
    public static void MultiplyByTransposed<T>(T[] a, T[] b, T[] result, int rows, int inner, int columns)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        View(b, columns, inner).TransposeThisAndMultiply(View(a, rows, inner), View(result, rows, columns));

    /// <summary><c>result = a^T b</c>, with <c>a</c> of inner x rows, <c>b</c> of inner x columns.</summary>
    public static void MultiplyTransposed<T>(T[] a, T[] b, T[] result, int rows, int inner, int columns)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        View(b, inner, columns).TransposeAndMultiply(View(a, inner, rows), View(result, rows, columns));

    /// <summary>Adds a row to every row.</summary>
    public static void AddToRows<T>(Span<T> matrix, ReadOnlySpan<T> row)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int start = 0; start < matrix.Length; start += row.Length)
        {
            Add(matrix.Slice(start, row.Length), row);
        }
    }

    /// <summary>The sum of all rows, in their order.</summary>
    public static void SumRows<T>(ReadOnlySpan<T> matrix, Span<T> sum)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        sum.Clear();
        for (int start = 0; start < matrix.Length; start += sum.Length)
        {
            Add(sum, matrix.Slice(start, sum.Length));
        }
    }

    /// <summary><c>target += source</c>.</summary>
    public static void Add<T>(Span<T> target, ReadOnlySpan<T> source)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0, lanes = System.Numerics.Vector<T>.Count;
        for (; i <= target.Length - lanes; i += lanes)
        {
            Vector.Add(Vector.Create<T>(target[i..]), Vector.Create<T>(source[i..])).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] += source[i];
        }
    }

    /// <summary><c>result = left right</c>, element by element.</summary>
    public static void MultiplyElements<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> result)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0, lanes = System.Numerics.Vector<T>.Count;
        for (; i <= result.Length - lanes; i += lanes)
        {
            Vector.Multiply(Vector.Create<T>(left[i..]), Vector.Create<T>(right[i..])).CopyTo(result[i..]);
        }

        for (; i < result.Length; i++)
        {
            result[i] = left[i] * right[i];
        }
    }

    private static Matrix<T> View<T>(T[] values, int rows, int columns)
        where T : unmanaged, IFloatingPointIeee754<T> => Matrix<T>.Build.Dense(columns, rows, values);
}
