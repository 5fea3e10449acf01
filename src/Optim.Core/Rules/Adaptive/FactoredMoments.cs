namespace Optim;

/// <summary>The second moments of Adafactor at one step, and the gradient divided by their root.</summary>
internal readonly struct FactoredMoments<T>(double gain, double epsilon, AdafactorForm form)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Rows = 0, Columns = 1, Whole = 2;

    private readonly double added = form == AdafactorForm.Paper ? epsilon : 0;
    private readonly double leastMean = form == AdafactorForm.Paper ? 0 : epsilon;
    private readonly double leastSquare = form == AdafactorForm.Paper ? 0 : epsilon * epsilon;

    /// <summary>Takes a tensor's gradient into its moments and leaves <c>g / sqrt(V)</c> as its update.</summary>
    public void Divide(TensorStepContext<T> context, int tensor, bool factored)
    {
        var shape = context.Layout[tensor];
        if (shape.Length == 0)
        {
            return;
        }

        var update = context.ChangeUpdate().Slice(context.Layout.OffsetOf(tensor), shape.Length);
        if (!factored)
        {
            DivideWhole(update, context.ChangeSlot(Whole).Slice(context.SlotLayout(Whole).OffsetOf(tensor), shape.Length));
            return;
        }

        int rows = shape.Dimensions[^2], columns = shape.Dimensions[^1], count = shape.Length / (rows * columns);
        var rowMoments = context.ChangeSlot(Rows).Slice(context.SlotLayout(Rows).OffsetOf(tensor), count * rows);
        var columnMoments = context.ChangeSlot(Columns).Slice(context.SlotLayout(Columns).OffsetOf(tensor), count * columns);
        for (int matrix = 0; matrix < count; matrix++)
        {
            DivideMatrix(
                update.Slice(matrix * rows * columns, rows * columns), rowMoments.Slice(matrix * rows, rows), columnMoments.Slice(matrix * columns, columns));
        }
    }

    private void DivideWhole(Span<T> update, Span<T> moments)
    {
        for (int i = 0; i < update.Length; i++)
        {
            double gradient = double.CreateTruncating(update[i]);
            double square = Mean(moments[i], (gradient * gradient) + added);
            moments[i] = Exact.Saturated<T>(square);
            update[i] = T.CreateTruncating(gradient / Math.Sqrt(Math.Max(square, leastSquare)));
        }
    }

    private void DivideMatrix(Span<T> update, Span<T> rowMoments, Span<T> columnMoments)
    {
        double[] rows = new double[rowMoments.Length], columns = new double[columnMoments.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            var row = update.Slice(i * columns.Length, columns.Length);
            double sum = 0;
            for (int j = 0; j < columns.Length; j++)
            {
                double gradient = double.CreateTruncating(row[j]), square = (gradient * gradient) + added;
                sum += square;
                columns[j] += square;
            }

            rows[i] = sum;
        }

        Update(rows, rowMoments, columns.Length);
        Update(columns, columnMoments, rows.Length);
        double mean = 0;
        foreach (double row in rows)
        {
            mean += row / rows.Length;
        }

        mean = Math.Max(mean, leastMean);
        for (int i = 0; i < rows.Length; i++)
        {
            var row = update.Slice(i * columns.Length, columns.Length);
            double share = rows[i] / mean;
            for (int j = 0; j < columns.Length; j++)
            {
                row[j] = T.CreateTruncating(double.CreateTruncating(row[j]) / Math.Sqrt(Math.Max(share * columns[j], leastSquare)));
            }
        }
    }

    /// <summary>From sums of squares to moments, which are kept.</summary>
    private void Update(double[] sums, Span<T> moments, int count)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = Mean(moments[i], sums[i] / count);
            moments[i] = Exact.Saturated<T>(sums[i]);
        }
    }

    private double Mean(T moment, double square) => ((1 - gain) * double.CreateTruncating(moment)) + (gain * square);
}
