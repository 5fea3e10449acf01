namespace Optim.Properties.Reference;

/// <summary>
/// Vyas et al. 2024, algorithms 3 and 4, for matrices, the first gradient for the bases alone; the eigenvectors by Jacobi's rotations, the
/// orthogonal iteration by Gram and Schmidt. Vectors are AdamW's.
/// </summary>
internal sealed class TextbookSoap : TensorTextbook
{
    private readonly Soap rule;
    private readonly int rows, columns;
    private readonly TextbookAdam[] elements;
    private double[,] l, r, ql, qr, m, v;

    public TextbookSoap(Soap rule, IReadOnlyList<int> dimensions)
    {
        this.rule = rule;
        (rows, columns) = dimensions.Count == 2 ? (dimensions[0], dimensions[1]) : (0, 0);
        elements = dimensions.Count == 2 ? [] : [.. Enumerable.Range(0, dimensions.Aggregate(1, (x, y) => x * y)).Select(_ => new TextbookAdam(new AdamW
        {
            LearningRate = rule.LearningRate, Beta1 = rule.Beta1, Beta2 = rule.Beta2, Epsilon = rule.Epsilon, WeightDecay = rule.WeightDecay,
        }))];
        (l, r) = (new double[rows, rows], new double[columns, columns]);
        (ql, qr) = (TextbookMatrices.Identity(rows), TextbookMatrices.Identity(columns));
        (m, v) = (new double[rows, columns], new double[rows, columns]);
    }

    public override double[] Step(double[] p, double[] g, int t)
    {
        if (elements.Length > 0)
        {
            return [.. p.Select((x, i) => elements[i].Step(x, g[i], t))];
        }

        var gradient = TextbookMatrices.Of(g, rows, columns);
        double[] next = t == 1 ? p : Moved(p, gradient, t);
        double b = rule.ShampooBeta.At(t - 1);
        l = TextbookMatrices.Combined(b, l, 1 - b, gradient.Times(gradient.Transposed()));
        r = TextbookMatrices.Combined(b, r, 1 - b, gradient.Transposed().Times(gradient));
        if (t == 1 || (t - 1) % rule.PreconditionFrequency == 0)
        {
            // On the left the rows of v are its coordinates, on the right the columns.
            (ql, v) = NewBasis(l, ql, v, t == 1);
            (qr, var turned) = NewBasis(r, qr, v.Transposed(), t == 1);
            v = turned.Transposed();
        }

        return next;
    }

    private double[] Moved(double[] p, double[,] gradient, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), eps = rule.Epsilon.At(t - 1), lr = rule.LearningRate.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        m = TextbookMatrices.Combined(b1, m, 1 - b1, gradient);
        double[,] g = ql.Transposed().Times(gradient).Times(qr), n = ql.Transposed().Times(m).Times(qr);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                v[i, j] = (b2 * v[i, j]) + ((1 - b2) * g[i, j] * g[i, j]);
                n[i, j] = n[i, j] / (1 - Math.Pow(b1, t - 1)) / (Math.Sqrt(v[i, j] / (1 - Math.Pow(b2, t - 1))) + eps);
            }
        }

        double[] u = ql.Times(n).Times(qr.Transposed()).Flat();
        return [.. p.Select((x, i) => x - (lr * (u[i] + (wd * x))))];
    }

    private (double[,] Basis, double[,] Moments) NewBasis(double[,] gram, double[,] basis, double[,] moments, bool first)
    {
        int n = gram.GetLength(0);
        if (n > rule.MaxPreconditionerDimension)
        {
            return (basis, moments);
        }

        double[] estimates;
        var images = basis;
        if (first)
        {
            (estimates, images) = TextbookMatrices.Eigen(gram);
        }
        else
        {
            var rayleigh = basis.Transposed().Times(gram).Times(basis);
            estimates = [.. Enumerable.Range(0, n).Select(i => rayleigh[i, i])];
            images = gram.Times(basis);
        }

        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => estimates[i])];
        double[,] sorted = new double[n, n], sortedMoments = new double[n, moments.GetLength(1)];
        for (int k = 0; k < n; k++)
        {
            for (int i = 0; i < n; i++)
            {
                sorted[i, k] = images[i, order[k]];
            }

            for (int j = 0; j < moments.GetLength(1); j++)
            {
                sortedMoments[k, j] = moments[order[k], j];
            }
        }

        return (GramSchmidt(sorted), sortedMoments);
    }

    private static double[,] GramSchmidt(double[,] a)
    {
        int n = a.GetLength(0);
        var q = (double[,])a.Clone();
        for (int k = 0; k < n; k++)
        {
            // Twice is enough (Kahan).
            for (int j = 0; j < 2 * k; j++)
            {
                double dot = Enumerable.Range(0, n).Sum(i => q[i, j % k] * q[i, k]);
                for (int i = 0; i < n; i++)
                {
                    q[i, k] -= dot * q[i, j % k];
                }
            }

            double norm = Math.Sqrt(Enumerable.Range(0, n).Sum(i => q[i, k] * q[i, k]));
            for (int i = 0; i < n; i++)
            {
                q[i, k] /= norm;
            }
        }

        return q;
    }
}
