using Optim.Tensors;

namespace Optim.LinearAlgebra;

/// <summary>
/// One mode of a tensor: unfolded, the tensor is a matrix whose rows are indexed by that dimension.
/// </summary>
/// <param name="Outer">The product of the dimensions before.</param>
/// <param name="Size">The dimension.</param>
/// <param name="Inner">The product of the dimensions after.</param>
internal readonly record struct Mode(int Outer, int Size, int Inner)
{
    /// <summary>The maximum number of modes; further dimensions are merged with the last.</summary>
    public const int Most = 4;

    /// <summary>The modes of a shape; a scalar has one of size 1.</summary>
    public static Mode[] Of(TensorShape shape)
    {
        int[] sizes = Sizes(shape);
        return [.. sizes.Select((size, i) => new Mode(Multiplied(sizes[..i]), size, Multiplied(sizes[(i + 1)..])))];
    }

    /// <summary>The sizes of the modes of a shape.</summary>
    public static int[] Sizes(TensorShape shape)
    {
        int[] dimensions = [.. shape.Dimensions];
        return dimensions.Length == 0 ? [1]
            : dimensions.Length <= Most ? dimensions
            : [.. dimensions[..(Most - 1)], Multiplied(dimensions[(Most - 1)..])];
    }

    /// <summary><c>X X^T</c> for the tensor unfolded: size by size, symmetric to the last bit.</summary>
    public double[] Gram(double[] tensor, Engine engine)
    {
        int others = Outer * Inner;
        double[] x = Unfold(tensor), transposed = WorkArray.Of<double>(x.Length), gram = WorkArray.Of<double>(Size * Size);
        Product.Transpose<double>(x, transposed, Size, others);
        Product.OfSymmetric<double>(x, transposed, gram, Size, others, engine);
        return gram;
    }

    /// <summary>The diagonal of <see cref="Gram"/>.</summary>
    public double[] GramDiagonal(double[] tensor)
    {
        double[] sums = WorkArray.Of<double>(Size);
        for (int i = 0; i < tensor.Length; i++)
        {
            sums[i / Inner % Size] += tensor[i] * tensor[i];
        }

        return sums;
    }

    /// <summary>The tensor multiplied by a matrix in this dimension: unfolded, <c>M X</c>.</summary>
    public double[] Apply(double[] matrix, double[] tensor, Engine engine)
    {
        double[] product = WorkArray.Of<double>(tensor.Length);
        Product.Of<double>(matrix, Unfold(tensor), product, Size, Size, Outer * Inner, engine);
        return Fold(product);
    }

    /// <summary>As <see cref="Apply"/> for a diagonal matrix.</summary>
    public double[] ApplyDiagonal(double[] diagonal, double[] tensor)
    {
        double[] product = WorkArray.Of<double>(tensor.Length);
        for (int i = 0; i < tensor.Length; i++)
        {
            product[i] = diagonal[i / Inner % Size] * tensor[i];
        }

        return product;
    }

    /// <summary>The tensor with its slices in this dimension in another order.</summary>
    /// <param name="order">The source slice of each position.</param>
    /// <param name="tensor">The tensor.</param>
    public double[] Permute(int[] order, double[] tensor)
    {
        double[] result = WorkArray.Of<double>(tensor.Length);
        for (int i = 0; i < Outer * Size; i++)
        {
            tensor.AsSpan((i - (i % Size) + order[i % Size]) * Inner, Inner).CopyTo(result.AsSpan(i * Inner));
        }

        return result;
    }

    private static int Multiplied(int[] sizes) => sizes.Aggregate(1, (x, y) => x * y);

    private double[] Unfold(double[] tensor)
    {
        if (Outer == 1)
        {
            return tensor;
        }

        double[] x = WorkArray.Of<double>(tensor.Length);
        for (int i = 0; i < Outer * Size; i++)
        {
            tensor.AsSpan(i * Inner, Inner).CopyTo(x.AsSpan(((i % Size * Outer) + (i / Size)) * Inner));
        }

        return x;
    }

    private double[] Fold(double[] x)
    {
        if (Outer == 1)
        {
            return x;
        }

        double[] tensor = WorkArray.Of<double>(x.Length);
        for (int i = 0; i < Outer * Size; i++)
        {
            x.AsSpan(((i % Size * Outer) + (i / Size)) * Inner, Inner).CopyTo(tensor.AsSpan(i * Inner));
        }

        return tensor;
    }
}
