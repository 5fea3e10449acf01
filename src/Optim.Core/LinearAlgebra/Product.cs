using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Optim.Execution;
using Optim.Lanes;
using Optim.Threading;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.LinearAlgebra;

/// <summary>
/// Products of row-major matrices. Each element is one chain of fused multiply-adds along the inner dimension, from the first to the last,
/// whatever the lane, the strip and the thread, so its bits depend only on the factors.
/// </summary>
/// <remarks>
/// MathNet's managed provider also gives the same bits everywhere, but uses as many threads as the process allows, whatever
/// <see cref="OptimizerState{T}.MaxThreads"/> says, changes its bits when an application chooses a native provider, and takes 20 times as long
/// (512 x 512 in double on one AVX-512 core: 95 ms against 4.8 ms).
/// </remarks>
internal static unsafe class Product
{
    /// <summary>The bytes of a row processed together: two of the widest lanes.</summary>
    private const int StripBytes = 128;

    private const int Tile = 32;

    /// <summary>Below this number of multiplications waking a thread costs more than it saves.</summary>
    private const long LeastForThreads = 1 << 18;

    /// <summary><c>c = a b</c>.</summary>
    /// <param name="a">Rows by inner.</param>
    /// <param name="b">Inner by columns.</param>
    /// <param name="c">Rows by columns; not aliasing the other two.</param>
    /// <param name="rows">The rows of a and c.</param>
    /// <param name="inner">The columns of a and the rows of b.</param>
    /// <param name="columns">The columns of b and c.</param>
    /// <param name="engine">The compute resources.</param>
    public static void Of<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int inner, int columns, Engine engine)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Run(a, b, c, rows, inner, columns, engine, symmetric: false);
    }

    /// <summary><c>c = a b</c> where the product is symmetric, <c>X X^T</c> or the square of a symmetric matrix: half the work, the same bits.</summary>
    /// <param name="a">Order by inner.</param>
    /// <param name="b">Inner by order.</param>
    /// <param name="c">Order by order; not aliasing the other two. Symmetric to the last bit.</param>
    /// <param name="order">The rows and columns of c.</param>
    /// <param name="inner">The columns of a and the rows of b.</param>
    /// <param name="engine">The compute resources.</param>
    public static void OfSymmetric<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int order, int inner, Engine engine)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Run(a, b, c, order, inner, order, engine, symmetric: true);
        Mirror(c, order);
    }

    /// <summary>Transposes a matrix.</summary>
    /// <param name="x">Rows by columns.</param>
    /// <param name="result">Columns by rows.</param>
    /// <param name="rows">The rows of x.</param>
    /// <param name="columns">The columns of x.</param>
    public static void Transpose<T>(ReadOnlySpan<T> x, Span<T> result, int rows, int columns)
        where T : unmanaged
    {
        Check(x.Length, rows, columns);
        Check(result.Length, columns, rows);
        for (int top = 0; top < rows; top += Tile)
        {
            for (int left = 0; left < columns; left += Tile)
            {
                Turn(x[((top * columns) + left)..], columns, result[((left * rows) + top)..], rows, Math.Min(Tile, rows - top), Math.Min(Tile, columns - left));
            }
        }
    }

    private static void Run<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int inner, int columns, Engine engine, bool symmetric)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(a.Length, rows, inner);
        Check(b.Length, inner, columns);
        Check(c.Length, rows, columns);
        int threads = (long)rows * inner * columns < LeastForThreads ? 1 : engine.Threads;
        fixed (T* x = a, y = b, z = c)
        {
            if (engine.Mkl is { } mkl)
            {
                MklProduct.Run(mkl.Functions<T>(), x, y, z, rows, inner, columns, threads, symmetric);
                return;
            }

            int strip = StripBytes / sizeof(T);
            Chunks.Run(new Strips<T>(x, y, z, rows, inner, columns, symmetric), (columns + strip - 1) / strip, threads);
        }
    }

    /// <summary>Copies the upper triangle to the lower.</summary>
    private static void Mirror<T>(Span<T> c, int order)
        where T : unmanaged
    {
        for (int top = 0; top < order; top += Tile)
        {
            for (int left = top; left < order; left += Tile)
            {
                Turn<T>(c[((top * order) + left)..], order, c[((left * order) + top)..], order, Math.Min(Tile, order - top), Math.Min(Tile, order - left), above: left == top);
            }
        }
    }

    /// <summary>
    /// Transposes a tile through a copy that stays in the cache: rows of matrices whose width is a power of two map to the same few
    /// cache sets, and walking down a column would evict each before it is reused (three times as slow at 1024).
    /// </summary>
    /// <param name="x">The matrix from the tile's first element on.</param>
    /// <param name="stride">The row stride in elements.</param>
    /// <param name="result">The destination of the transpose.</param>
    /// <param name="resultStride">Its row stride in elements.</param>
    /// <param name="rows">The tile's rows.</param>
    /// <param name="columns">The tile's columns.</param>
    /// <param name="above">Whether to copy only the tile's upper triangle, to below its diagonal.</param>
    private static void Turn<T>(ReadOnlySpan<T> x, int stride, Span<T> result, int resultStride, int rows, int columns, bool above = false)
        where T : unmanaged
    {
        Span<T> turned = stackalloc T[Tile * Tile];
        for (int i = 0; i < rows; i++)
        {
            var row = x.Slice(i * stride, columns);
            for (int j = 0; j < row.Length; j++)
            {
                turned[(j * Tile) + i] = row[j];
            }
        }

        for (int j = 0; j < columns; j++)
        {
            turned.Slice(j * Tile, above ? j : rows).CopyTo(result[(j * resultStride)..]);
        }
    }

    private static void Check(int length, int rows, int columns) => ArgumentOutOfRangeException.ThrowIfNotEqual((long)length, (long)rows * columns);

    /// <summary>A strip of columns is a chunk: its part of b, packed and zero-padded, is multiplied by every row of a.</summary>
    private readonly struct Strips<T>(T* a, T* b, T* c, int rows, int inner, int columns, bool symmetric) : IChunked
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T* a = a, b = b, c = c;

        private static int Strip => StripBytes / sizeof(T);

        public void Run(int chunk)
        {
            int first = chunk * Strip, width = Math.Min(Strip, columns - first);
            T* packed = (T*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, inner) * StripBytes, 64);
            try
            {
                for (int k = 0; k < inner; k++)
                {
                    var row = new Span<T>(packed + ((nint)k * Strip), Strip);
                    new ReadOnlySpan<T>(b + ((nint)k * columns) + first, width).CopyTo(row);
                    row[width..].Clear();
                }

                // Above the diagonal and on it.
                int height = symmetric ? first + width : rows;
                if (Vector512.IsHardwareAccelerated)
                {
                    Multiply<Lane512<T>>(packed, c + first, width, height);
                }
                else if (Vector256.IsHardwareAccelerated)
                {
                    Multiply<Lane256<T>>(packed, c + first, width, height);
                }
                else if (Vector128.IsHardwareAccelerated)
                {
                    Multiply<Lane128<T>>(packed, c + first, width, height);
                }
                else
                {
                    Multiply<ScalarLane<T>>(packed, c + first, width, height);
                }
            }
            finally
            {
                NativeMemory.AlignedFree(packed);
            }
        }

        private void Multiply<L>(T* packed, T* target, int width, int height)
            where L : struct, ILane<L, T>
        {
            T* edge = stackalloc T[4 * 2 * L.Width];
            for (int part = 0; part < width; part += 2 * L.Width)
            {
                int kept = Math.Min(2 * L.Width, width - part);
                bool whole = kept == 2 * L.Width;
                for (int i = 0; i < height; i += 4)
                {
                    T* place = target + ((nint)i * columns) + part;
                    int count = Math.Min(4, height - i);
                    if (count == 4)
                    {
                        FourRows<L>(a + ((nint)i * inner), packed + part, whole ? place : edge, whole ? columns : 2 * L.Width, inner);
                    }
                    else
                    {
                        for (int row = 0; row < count; row++)
                        {
                            OneRow<L>(
                                a + ((nint)(i + row) * inner), packed + part, whole ? place + ((nint)row * columns) : edge + (row * 2 * L.Width), inner);
                        }
                    }

                    for (int row = 0; !whole && row < count; row++)
                    {
                        new ReadOnlySpan<T>(edge + (row * 2 * L.Width), kept).CopyTo(new Span<T>(place + ((nint)row * columns), kept));
                    }
                }
            }
        }

        // Eight sums in registers: enough to hide the latency of a multiplication behind the others.
        [MethodImpl(AggressiveOptimization)]
        private static void FourRows<L>(T* a, T* packed, T* c, nint stride, int inner)
            where L : struct, ILane<L, T>
        {
            T* a1 = a + inner, a2 = a1 + inner, a3 = a2 + inner;
            L p0 = L.Broadcast(T.Zero), p1 = p0, p2 = p0, p3 = p0, q0 = p0, q1 = p0, q2 = p0, q3 = p0;
            for (int k = 0; k < inner; k++)
            {
                L left = L.Load(packed), right = L.Load(packed + L.Width);
                p0 = L.FusedMultiplyAdd(left, a[k], p0);
                q0 = L.FusedMultiplyAdd(right, a[k], q0);
                p1 = L.FusedMultiplyAdd(left, a1[k], p1);
                q1 = L.FusedMultiplyAdd(right, a1[k], q1);
                p2 = L.FusedMultiplyAdd(left, a2[k], p2);
                q2 = L.FusedMultiplyAdd(right, a2[k], q2);
                p3 = L.FusedMultiplyAdd(left, a3[k], p3);
                q3 = L.FusedMultiplyAdd(right, a3[k], q3);
                packed += StripBytes / sizeof(T);
            }

            L.Store(p0, c);
            L.Store(q0, c + L.Width);
            L.Store(p1, c + stride);
            L.Store(q1, c + stride + L.Width);
            L.Store(p2, c + (2 * stride));
            L.Store(q2, c + (2 * stride) + L.Width);
            L.Store(p3, c + (3 * stride));
            L.Store(q3, c + (3 * stride) + L.Width);
        }

        [MethodImpl(AggressiveOptimization)]
        private static void OneRow<L>(T* a, T* packed, T* c, int inner)
            where L : struct, ILane<L, T>
        {
            L p = L.Broadcast(T.Zero), q = p;
            for (int k = 0; k < inner; k++)
            {
                p = L.FusedMultiplyAdd(L.Load(packed), a[k], p);
                q = L.FusedMultiplyAdd(L.Load(packed + L.Width), a[k], q);
                packed += StripBytes / sizeof(T);
            }

            L.Store(p, c);
            L.Store(q, c + L.Width);
        }
    }
}
