namespace Optim;

/// <summary>Which tensors Adafactor's second moments are factored of, and what is kept of each.</summary>
internal static class Factoring
{
    /// <summary>Whether both of the last two dimensions are long enough.</summary>
    public static bool Fits(TensorShape shape, int least) => shape.Dimensions.Count >= 2 && shape.Dimensions[^1] >= least && shape.Dimensions[^2] >= least;

    /// <summary>The means of rows and of columns of tensors that are factored, and the moments of all others.</summary>
    public static SlotDeclaration[] Slots(int least, string rows = "exp_avg_sq_row", string columns = "exp_avg_sq_col", string whole = "exp_avg_sq") =>
    [
        new(rows) { Dimensions = shape => Fits(shape, least) ? [.. shape.Dimensions.SkipLast(1)] : [0] },
        new(columns) { Dimensions = shape => Fits(shape, least) ? [.. shape.Dimensions.SkipLast(2), shape.Dimensions[^1]] : [0] },
        new(whole) { Dimensions = shape => Fits(shape, least) ? [0] : shape.Dimensions },
    ];
}
