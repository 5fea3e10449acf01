using System.Runtime.InteropServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Threading;

namespace Optim.Tensors;

/// <summary>Reductions over a range on several threads, and over all tensors: a tree within each tensor, then a tree over the tensors, so that the result does not depend on how they are stored.</summary>
internal static unsafe class ParallelReduction
{
    private const int LeavesPerChunk = 8;

    public static double OverSet<T, R>(R reduction, Operands<T> operands, Layout layout, int threads, IStepPeers? peers)
        where T : unmanaged
        where R : struct, IReduction
    {
        if (peers is not null)
        {
            return OverParts(reduction, operands, layout, threads, peers);
        }

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
        int leaves = Reduction.LeafCount(length);
        if (threads <= 1 || leaves < 2 * LeavesPerChunk)
        {
            return Reduction.Run(reduction, operands, length);
        }

        return Reduction.Tree(reduction, LeavesOf(reduction, operands, length, threads).AsSpan());
    }

    /// <summary>The same where each part of the set has leaves of its own: every part sends what its leaves came to, and how many each tensor has, and finishes the trees of all.</summary>
    private static double OverParts<T, R>(R reduction, Operands<T> operands, Layout layout, int threads, IStepPeers peers)
        where T : unmanaged
        where R : struct, IReduction
    {
        int total = layout.Sum(shape => Reduction.LeafCount(shape.Length)), next = layout.Count;
        double[] own = new double[layout.Count + total];
        for (int i = 0; i < layout.Count; i++)
        {
            int leaves = Reduction.LeafCount(layout[i].Length);
            own[i] = leaves;
            if (leaves > 0)
            {
                double[] partials = LeavesOf(reduction, operands.From(layout.OffsetOf(i)), layout[i].Length, threads);
                partials.CopyTo(own, next);
                next += leaves;
            }
        }

        var parts = peers.Exchange(own);
        int[] read = [.. parts.Select(_ => layout.Count)];
        double[] results = new double[layout.Count];
        int count = 0;
        for (int i = 0; i < layout.Count; i++)
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

    private static double[] LeavesOf<T, R>(R reduction, Operands<T> operands, int length, int threads)
        where T : unmanaged
        where R : struct, IReduction
    {
        double[] partials = new double[Reduction.LeafCount(length)];
        Chunks.Run(new Leaves<T, R>(reduction, operands, length, partials, LeavesPerChunk), (partials.Length + LeavesPerChunk - 1) / LeavesPerChunk, threads);
        return partials;
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
