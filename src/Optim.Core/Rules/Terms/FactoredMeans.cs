namespace Optim;

/// <summary>Running means of squares, kept as row and column means of the last two axes, and what is divided by their roots.</summary>
/// <param name="beta">b.</param>
/// <param name="epsilon">What is added to each square.</param>
internal readonly struct FactoredMeans(double beta, double epsilon)
{
    private readonly double beta = beta, epsilon = epsilon;

    /// <summary>Whether a tensor is factored: matrices and stacks of them.</summary>
    public static bool IsFactored(TensorShape shape) => shape.Dimensions.Count >= 2;

    /// <summary>The dimensions of the row means.</summary>
    public static IReadOnlyList<int> RowsOf(TensorShape shape) => IsFactored(shape) ? [.. shape.Dimensions.SkipLast(1)] : [0];

    /// <summary>The dimensions of the column means.</summary>
    public static IReadOnlyList<int> ColumnsOf(TensorShape shape) => IsFactored(shape) ? [.. shape.Dimensions.SkipLast(2), shape.Dimensions[^1]] : [0];

    /// <summary>Takes in the squares of a tensor, and divides another by the roots: the row means over their own mean, the column means as they are.</summary>
    /// <param name="context">The work's context.</param>
    /// <param name="tensor">The tensor's position in the layout.</param>
    /// <param name="slot">The slot of the row means; that of the column means follows.</param>
    /// <param name="squared">What is squared.</param>
    /// <param name="divided">What is divided; may be the same.</param>
    public void Divide<T>(TensorStepContext<T> context, int tensor, int slot, double[] squared, double[] divided)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var shape = context.Layout[tensor];
        int rows = shape.Dimensions[^2], columns = shape.Dimensions[^1], count = shape.Length / (rows * columns);
        var rowMeans = context.ChangeSlot(slot).Slice(context.SlotLayout(slot).OffsetOf(tensor), count * rows);
        var columnMeans = context.ChangeSlot(slot + 1).Slice(context.SlotLayout(slot + 1).OffsetOf(tensor), count * columns);
        for (int matrix = 0; matrix < count; matrix++)
        {
            int start = matrix * rows * columns;
            Divide(
                squared.AsSpan(start, rows * columns), divided.AsSpan(start, rows * columns), rowMeans.Slice(matrix * rows, rows),
                columnMeans.Slice(matrix * columns, columns));
        }
    }

    /// <summary>Takes in the squares of a vector, and divides it by the root of their means.</summary>
    public void DivideWhole<T>(Span<T> means, double[] x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i++)
        {
            double mean = Next(means[i], (x[i] * x[i]) + epsilon);
            means[i] = Exact.Saturated<T>(mean);
            x[i] = mean == 0 ? 0 : x[i] / Math.Sqrt(mean);
        }
    }

    private void Divide<T>(Span<double> squared, Span<double> divided, Span<T> rowMeans, Span<T> columnMeans)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] rows = new double[rowMeans.Length], columns = new double[columnMeans.Length];
        for (int i = 0; i < squared.Length; i++)
        {
            double square = (squared[i] * squared[i]) + epsilon;
            rows[i / columns.Length] += square / columns.Length;
            columns[i % columns.Length] += square / rows.Length;
        }

        double mean = Take(rows, rowMeans) / rows.Length;
        Take(columns, columnMeans);
        for (int i = 0; i < divided.Length; i++)
        {
            // Squares that vanish leave nothing to divide by, and nothing to divide.
            double root = mean == 0 ? 0 : Math.Sqrt(rows[i / columns.Length] / mean) * Math.Sqrt(columns[i % columns.Length]);
            divided[i] = root == 0 ? 0 : divided[i] / root;
        }
    }

    /// <summary>From this step's means to the running ones, which are kept; returns their sum.</summary>
    private double Take<T>(double[] current, Span<T> means)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int i = 0; i < current.Length; i++)
        {
            current[i] = Next(means[i], current[i]);
            means[i] = Exact.Saturated<T>(current[i]);
            sum += current[i];
        }

        return sum;
    }

    private double Next<T>(T mean, double value)
        where T : unmanaged, IFloatingPointIeee754<T> => (beta * double.CreateTruncating(mean)) + ((1 - beta) * value);
}
