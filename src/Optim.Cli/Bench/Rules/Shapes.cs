namespace Optim.Cli.Bench.Rules;

/// <summary>The tensors that every rule is measured on: square matrices, as matrix rules need them, and a vector of what is left.</summary>
internal static class Shapes
{
    private const int Side = 256;

    /// <summary>Matrices of 256 x 256 and a vector; below that size one matrix and a vector.</summary>
    /// <param name="elements">The number of elements; 1 or more.</param>
    public static Layout Of(int elements)
    {
        int side = Math.Min(Side, (int)Math.Sqrt(elements)), matrices = side < Side ? 1 : elements / (Side * Side), left = elements - (matrices * side * side);
        var shapes = Enumerable.Range(0, matrices).Select(i => new TensorShape(FormattableString.Invariant($"weights.{i}"), side, side)).ToList();
        if (left > 0)
        {
            shapes.Add(new("bias", left));
        }

        return Layout.OfSequence(shapes);
    }
}
