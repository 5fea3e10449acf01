using System.Numerics;
using Optim.Threading;

namespace Optim.LinearAlgebra;

/// <summary>Products of row-major matrices with Intel MKL. Our rows are its columns, so it multiplies the transposes: <c>C^T = B^T A^T</c>.</summary>
internal static unsafe class MklProduct
{
    /// <summary>
    /// The rows that a thread takes at a time, even with a single thread, although one call would be up to a tenth faster: the bits of an element depend on the
    /// shape of the call that computes it, and must not depend on the number of threads.
    /// </summary>
    private const int PanelRows = 256;

    /// <param name="mkl">The functions.</param>
    /// <param name="a">Rows by inner.</param>
    /// <param name="b">Inner by columns.</param>
    /// <param name="c">Rows by columns.</param>
    /// <param name="rows">The rows of a and c.</param>
    /// <param name="inner">The columns of a and the rows of b.</param>
    /// <param name="columns">The columns of b and c.</param>
    /// <param name="threads">The maximum number of threads.</param>
    /// <param name="symmetric">Whether only the elements on and above the diagonal are needed; those below are arbitrary.</param>
    public static void Run<T>(MklFunctions<T> mkl, T* a, T* b, T* c, int rows, int inner, int columns, int threads, bool symmetric)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        if (inner == 0)
        {
            new Span<T>(c, rows * columns).Clear();
            return;
        }

        Chunks.Run(new Panels<T>(mkl, a, b, c, rows, inner, columns, symmetric), (rows + PanelRows - 1) / PanelRows, threads);
    }

    private readonly struct Panels<T>(MklFunctions<T> mkl, T* a, T* b, T* c, int rows, int inner, int columns, bool symmetric) : IChunked
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T* a = a, b = b, c = c;

        public void Run(int chunk)
        {
            int first = chunk * PanelRows, left = symmetric ? first : 0;
            int panel = Math.Min(PanelRows, rows - first), width = columns - left, depth = inner, strideB = columns, strideC = columns;
            T one = T.One, zero = default;
            byte plain = (byte)'N';
            mkl.Gemm(
                &plain, &plain, &width, &panel, &depth, &one, b + left, &strideB, a + ((nint)first * inner), &depth, &zero,
                c + ((nint)first * columns) + left, &strideC);
        }
    }
}
