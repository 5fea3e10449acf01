namespace Optim;

/// <summary>What AdamP and SGDP do for weights whose scale has no effect, as those before a normalisation: the part of a step along the weights is taken out, row by row or from the whole tensor.</summary>
/// <param name="delta">Below which cosine, over the root of a row's length, gradient and weights count as orthogonal.</param>
/// <param name="epsilon">eps, added to the norm that is divided by.</param>
internal readonly struct TangentProjection(double delta, double epsilon)
{
    private readonly double delta = delta, epsilon = epsilon;

    /// <summary>By which rows each tensor is projected: of the first axis, of the whole, or not at all (0); by the gradients, the update here.</summary>
    public int[] RowsOf<T>(TensorStepContext<T> context)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] rows = new int[context.Layout.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            var shape = context.Layout[i];
            rows[i] = shape.Dimensions.Count < 2 || shape.Length == 0 ? 0
                : AreOrthogonal(context, i, shape.Dimensions[0]) ? shape.Dimensions[0]
                : AreOrthogonal(context, i, 1) ? 1
                : 0;
        }

        return rows;
    }

    /// <summary>Takes the part along the weights out of the update: <c>d -= x (x . d)</c>, <c>x = p / (|p| + eps)</c>, in each row.</summary>
    public void Project<T>(TensorStepContext<T> context, int[] rows)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < rows.Length; i++)
        {
            int length = context.Layout[i].Length / Math.Max(rows[i], 1);
            for (int row = 0; row < rows[i]; row++)
            {
                int start = context.Layout.OffsetOf(i) + (row * length);
                double divisor = context.Norm(context.ParametersIn(start, length)) + epsilon;
                double along = divisor == 0 ? 0 : context.Sum(default(AlongParameter), start, length) / divisor / divisor;
                context.SweepRange(new DecayFormula<T>(-along), start, length);
            }
        }
    }

    private bool AreOrthogonal<T>(TensorStepContext<T> context, int tensor, int rows)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int length = context.Layout[tensor].Length / rows;
        double limit = delta / Math.Sqrt(length);
        for (int row = 0; row < rows; row++)
        {
            int start = context.Layout.OffsetOf(tensor) + (row * length);
            double product = Math.Abs(context.Sum(default(AlongParameter), start, length));
            double norms = Math.Max(context.Norm(context.ParametersIn(start, length)), epsilon) * Math.Max(context.Norm(context.UpdateIn(start, length)), epsilon);
            if (!(product < limit * norms) && !(product == 0 && limit > 0))
            {
                return false;
            }
        }

        return true;
    }
}
