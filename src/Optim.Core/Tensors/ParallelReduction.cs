using System.Buffers;
using System.Runtime.InteropServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Threading;

namespace Optim.Tensors;

/// <summary>Reductions over a range on several threads, and over all tensors: a tree within each tensor, then a tree over the tensors, so that the result does not depend on how they are stored.</summary>
internal static unsafe class ParallelReduction
{
    private const int LeavesPerChunk = 8;

    // More would not balance the threads better, and each costs its handing out.
    private const int ChunksPerThread = 16;

    public static double OverSet<T, R>(R reduction, SetOperands<T> operands, Layout layout, int threads, IStepPeers? peers)
        where T : unmanaged
        where R : struct, IReduction
    {
        int[] firstLeaves = ArrayPool<int>.Shared.Rent(layout.Count + 1);
        int leaves = 0;
        for (int i = 0; i < layout.Count; i++)
        {
            firstLeaves[i] = leaves;
            leaves += Reduction.LeafCount(layout[i].Length);
        }

        firstLeaves[layout.Count] = leaves;
        double[] partials = ArrayPool<double>.Shared.Rent(Math.Max(leaves, 1));
        int perChunk = Math.Max(LeavesPerChunk, leaves / (threads * ChunksPerThread));
        Chunks.Run(new LeavesOfSet<T, R>(reduction, operands, layout, firstLeaves, partials, perChunk), (leaves + perChunk - 1) / perChunk, threads);
        double total = peers is null ? OverTensors(reduction, firstLeaves, partials, layout.Count) : OverParts(reduction, firstLeaves, partials, layout.Count, peers);
        ArrayPool<int>.Shared.Return(firstLeaves);
        ArrayPool<double>.Shared.Return(partials);
        return total;
    }

    private static double OverTensors<R>(R reduction, int[] firstLeaves, double[] partials, int tensors)
        where R : struct, IReduction
    {
        // Empty tensors have no place in the tree: a rule that sees some tensors alone gets the bits it would get without the others.
        int count = 0;
        for (int i = 0; i < tensors; i++)
        {
            if (firstLeaves[i] < firstLeaves[i + 1])
            {
                partials[count++] = Reduction.Tree(reduction, partials.AsSpan(firstLeaves[i]..firstLeaves[i + 1]));
            }
        }

        return Reduction.Tree(reduction, partials.AsSpan(0, count));
    }

    /// <summary>The same where each part of the set has leaves of its own: every part sends what its leaves came to, and how many each tensor has, and finishes the trees of all.</summary>
    private static double OverParts<R>(R reduction, int[] firstLeaves, double[] partials, int tensors, IStepPeers peers)
        where R : struct, IReduction
    {
        double[] own = new double[tensors + firstLeaves[tensors]];
        for (int i = 0; i < tensors; i++)
        {
            own[i] = firstLeaves[i + 1] - firstLeaves[i];
        }

        partials.AsSpan(0, firstLeaves[tensors]).CopyTo(own.AsSpan(tensors));
        var parts = peers.Exchange(own);
        int[] read = [.. parts.Select(_ => tensors)];
        double[] results = new double[tensors];
        int count = 0;
        for (int i = 0; i < tensors; i++)
        {
            List<double> leaves = [];
            for (int part = 0; part < parts.Count; part++)
            {
                int here = (int)parts[part][i];
                leaves.AddRange(parts[part].AsSpan(read[part], here));
                read[part] += here;
            }

            if (leaves.Count > 0)
            {
                results[count++] = Reduction.Tree(reduction, CollectionsMarshal.AsSpan(leaves));
            }
        }

        return Reduction.Tree(reduction, results.AsSpan(0, count));
    }

    public static double OverRange<T, R>(R reduction, Operands<T> operands, int length, int threads)
        where T : unmanaged
        where R : struct, IReduction
    {
        int leaves = Reduction.LeafCount(length);
        if (threads <= 1 || leaves < 2 * LeavesPerChunk)
        {
            return Reduction.Run(reduction, operands, length);
        }

        double[] partials = new double[leaves];
        Chunks.Run(new Leaves<T, R>(reduction, operands, length, partials, LeavesPerChunk), (leaves + LeavesPerChunk - 1) / LeavesPerChunk, threads);
        return Reduction.Tree(reduction, partials.AsSpan());
    }

    private readonly struct Leaves<T, R>(R reduction, Operands<T> operands, int length, double[] partials, int leavesPerChunk) : IChunked
        where T : unmanaged
        where R : struct, IReduction
    {
        public void Run(int chunk)
        {
            for (int leaf = chunk * leavesPerChunk; leaf < Math.Min(partials.Length, (chunk + 1) * leavesPerChunk); leaf++)
            {
                int start = leaf * Reduction.LeafLength;
                partials[leaf] = Reduction.Leaf(reduction, operands.From(start), Math.Min(Reduction.LeafLength, length - start));
            }
        }
    }

    /// <summary>The leaves of all tensors, one after the other: a set of many tensors keeps all threads busy, however small each is.</summary>
    private readonly struct LeavesOfSet<T, R>(R reduction, SetOperands<T> operands, Layout layout, int[] firstLeaves, double[] partials, int leavesPerChunk) : IChunked
        where T : unmanaged
        where R : struct, IReduction
    {
        public void Run(int chunk)
        {
            int leaf = chunk * leavesPerChunk, end = Math.Min(firstLeaves[layout.Count], leaf + leavesPerChunk);
            for (int tensor = TensorOf(leaf); leaf < end; leaf++)
            {
                while (firstLeaves[tensor + 1] <= leaf)
                {
                    tensor++;
                }

                int start = (leaf - firstLeaves[tensor]) * Reduction.LeafLength;
                partials[leaf] = operands.Leaf(reduction, layout.OffsetOf(tensor), tensor, start, Math.Min(Reduction.LeafLength, layout[tensor].Length - start));
            }
        }

        private int TensorOf(int leaf)
        {
            int at = Array.BinarySearch(firstLeaves, 0, layout.Count, leaf);
            return at >= 0 ? at : ~at - 1;
        }
    }
}

/// <summary>The operands of a reduction over a layout's tensors: each a flat set, or tensors that lie wherever their owner has them, which are pinned while they are read.</summary>
/// <param name="x">The first operand as a flat set.</param>
/// <param name="separateX">The first operand tensor by tensor, in place of <paramref name="x"/>; null where it is flat.</param>
/// <param name="y">The second operand as a flat set.</param>
/// <param name="separateY">The second operand tensor by tensor, in place of <paramref name="y"/>; null where it is flat.</param>
/// <param name="slots">The slots that the reduction reads, flat.</param>
internal readonly unsafe struct SetOperands<T>(T* x, ReadOnlyMemory<T>[]? separateX, T* y, ReadOnlyMemory<T>[]? separateY, T** slots = null)
    where T : unmanaged
{
    private readonly T* x = x, y = y;
    private readonly T** slots = slots;

    public static SetOperands<T> Of(T* x) => new(x, null, x, null);

    public static SetOperands<T> Of(ReadOnlyMemory<T>[] x) => new(null, x, null, x);

    public double Leaf<R>(R reduction, int offset, int tensor, int start, int length)
        where R : struct, IReduction
    {
        if (separateX is null && separateY is null)
        {
            return Reduction.Leaf(reduction, new Operands<T>(x, y, slots).From(offset + start), length);
        }

        fixed (T* ownX = separateX is null ? default : separateX[tensor].Span, ownY = separateY is null ? default : separateY[tensor].Span)
        {
            return Reduction.Leaf(
                reduction, new Operands<T>((separateX is null ? x + offset : ownX) + start, (separateY is null ? y + offset : ownY) + start, slots, offset + start), length);
        }
    }
}
