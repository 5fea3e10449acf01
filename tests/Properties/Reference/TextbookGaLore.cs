namespace Optim.Properties.Reference;

/// <summary>Zhao et al. 2024, algorithm 2 around gradient descent, its singular vectors by Jacobi's rotations.</summary>
internal sealed class TextbookGaLore(GaLore rule, IReadOnlyList<int> dimensions) : TensorTextbook
{
    private readonly TextbookInnerSgd inner = new((Sgd)rule.Inner);
    private double[,]? q;

    private bool OnRight => rule.Side switch
    {
        GaLoreSide.Left => false,
        GaLoreSide.Right => true,
        GaLoreSide.Smaller => dimensions[0] >= dimensions[1],
        _ => dimensions[0] < dimensions[1],
    };

    public override double[] Step(double[] p, double[] g, int t)
    {
        if (dimensions.Count != 2 || p.Length == 0)
        {
            return [.. p.Zip(inner.Update([p], [g], t)[0], (x, u) => x + u)];
        }

        double[,] gradient = Upright(g), parameters = Upright(p);
        if ((t - 1) % rule.ProjectionPeriod == 0)
        {
            var (values, vectors) = TextbookMatrices.Eigen(gradient.Transposed().Times(gradient));
            int[] order = [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).Take(Math.Min(rule.Rank, Math.Min(dimensions[0], dimensions[1])))];
            q = new double[values.Length, order.Length];
            for (int i = 0; i < values.Length; i++)
            {
                for (int j = 0; j < order.Length; j++)
                {
                    q[i, j] = vectors[i, order[j]];
                }
            }
        }

        double[] small = inner.Update([parameters.Times(q!).Flat()], [gradient.Times(q!).Flat()], t)[0];
        var full = TextbookMatrices.Of(small, gradient.GetLength(0), q!.GetLength(1)).Times(q.Transposed());
        double[] u = (OnRight ? full : full.Transposed()).Flat();
        return [.. p.Select((x, i) => x + (rule.ProjectedScale.At(t - 1) * u[i]))];
    }

    /// <summary>The matrix, or its transpose: with the side that is projected as its columns.</summary>
    private double[,] Upright(double[] x)
    {
        var matrix = TextbookMatrices.Of(x, dimensions[0], dimensions[1]);
        return OnRight ? matrix : matrix.Transposed();
    }
}
