using Optim.Lanes;
using Optim.Threading;

namespace Optim.Tensors;

/// <summary>Reductions over a range on several threads, and over all tensors: a tree within each tensor, then a tree over the tensors, so that the result does not depend on how they are stored.</summary>
internal static unsafe class ParallelReduction
{
    public static double OverSet<T, R>(R reduction, Operands<T> operands, Layout layout, int threads)
        where T : unmanaged
        where R : struct, IReduction
    {
        if (layout.Count == 1)
        {
            return OverRange(reduction, operands, layout.Length, threads);
        }

        // Empty tensors have no place in the tree: a rule that sees some tensors alone gets the bits it would get without the others.
        double[] results = new double[layout.Count];
        int count = 0;
        for (int i = 0; i < results.Length; i++)
        {
            if (layout[i].Length > 0)
            {
                results[count++] = OverRange(reduction, operands.From(layout.OffsetOf(i)), layout[i].Length, threads);
            }
        }

        return Reduction.Tree(reduction, results.AsSpan(0, count));
    }

    public static double OverRange<T, R>(R reduction, Operands<T> operands, int length, int threads)
        where T : unmanaged
        where R : struct, IReduction
    {
        const int LeavesPerChunk = 8;
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
}
