using System.Numerics;

namespace Optim.Execution;

/// <summary>A run of elements that share a number: a whole tensor, or one slice of it along its first axis (a row of a matrix, an output channel).</summary>
/// <param name="Start">The first element's flat position.</param>
/// <param name="Length">The number of elements; 0 in an empty tensor.</param>
/// <param name="IsSlice">Whether it is one of a tensor's slices.</param>
internal readonly record struct Block(int Start, int Length, bool IsSlice)
{
    /// <summary>The dimensions of a slot with one element a block.</summary>
    /// <param name="shape">The parameter tensor's shape.</param>
    /// <param name="leastRank">The least rank of a tensor that is sliced.</param>
    public static IReadOnlyList<int> Dimensions(TensorShape shape, int leastRank) => shape.Dimensions.Count >= leastRank ? [Slices(shape)] : [];

    /// <summary>The blocks of all tensors, in order. A sliced tensor without elements has no block, however many slices its shape claims.</summary>
    /// <param name="layout">The tensors.</param>
    /// <param name="leastRank">The least rank of a tensor that is sliced.</param>
    public static Block[] Of(Layout layout, int leastRank)
    {
        var blocks = new List<Block>(layout.Count);
        for (int i = 0; i < layout.Count; i++)
        {
            var shape = layout[i];
            bool slices = shape.Dimensions.Count >= leastRank;
            int count = slices ? Slices(shape) : 1;
            for (int block = 0; block < count; block++)
            {
                int length = shape.Length / count;
                blocks.Add(new(layout.OffsetOf(i) + (block * length), length, slices));
            }
        }

        return [.. blocks];
    }

    private static int Slices(TensorShape shape) => shape.Length == 0 ? 0 : shape.Dimensions[0];
}

/// <summary>What rules do block by block.</summary>
internal static class BlockExtensions
{
    /// <summary>Puts off a formula for each block.</summary>
    public static void ThenPerBlock<T, F>(this TensorStepContext<T> context, Block[] blocks, Func<int, F> formula, int firstSlot = 0)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        var formulas = new F[blocks.Length];
        int[] ends = new int[blocks.Length];
        for (int i = 0; i < blocks.Length; i++)
        {
            formulas[i] = formula(i);
            ends[i] = blocks[i].Start + blocks[i].Length;
        }

        context.ThenPerRange(formulas, ends, firstSlot);
    }

    /// <summary>The Euclidean norm of the update in a block.</summary>
    public static double UpdateNorm<T>(this TensorStepContext<T> context, Block block)
        where T : unmanaged, IFloatingPointIeee754<T> => context.Norm(context.UpdateIn(block.Start, block.Length));

    /// <summary>The Euclidean norm of the parameters in a block.</summary>
    public static double ParameterNorm<T>(this TensorStepContext<T> context, Block block)
        where T : unmanaged, IFloatingPointIeee754<T> => context.Norm(context.ParametersIn(block.Start, block.Length));

    /// <summary>The block that is a whole tensor.</summary>
    public static Block Tensor<T>(this TensorStepContext<T> context, int tensor)
        where T : unmanaged, IFloatingPointIeee754<T> => new(context.Layout.OffsetOf(tensor), context.Layout[tensor].Length, IsSlice: false);
}
