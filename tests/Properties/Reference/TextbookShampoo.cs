namespace Optim.Properties.Reference;

/// <summary>Gupta, Koren and Singer 2018, algorithm 2; torch_optimizer's form of it. Roots by Jacobi's rotations.</summary>
internal sealed class TextbookShampoo : TensorTextbook
{
    private readonly Shampoo rule;
    private readonly int[] sizes;
    private readonly double[][,] kept, roots;
    private double[]? buffer;

    public TextbookShampoo(Shampoo rule, IReadOnlyList<int> dimensions)
    {
        this.rule = rule;
        sizes = dimensions.Count == 0 ? [1] : [.. dimensions];
        kept = [.. sizes.Select(n => TextbookMatrices.Combined(rule.Epsilon, TextbookMatrices.Identity(n), 0, new double[n, n]))];
        roots = [.. kept];
    }

    public override double[] Step(double[] p, double[] g, int t)
    {
        if (p.Length == 0)
        {
            return p;
        }

        double mu = rule.Momentum.At(t - 1), wd = rule.WeightDecay.At(t - 1), lr = rule.LearningRate.At(t - 1);
        buffer ??= g;
        double[] mixed = [.. g.Select((x, i) => ((1 - mu) * x) + (mu * buffer[i]) + (wd * p[i]))], d = mixed;
        int k = sizes.Length, root = rule.Form == ShampooForm.Paper ? 2 * k : k;
        for (int mode = 0; mode < k; mode++)
        {
            var x = Unfolded(rule.Form == ShampooForm.Paper ? mixed : d, mode);
            var gram = x.Times(x.Transposed());
            bool diagonal = sizes[mode] > rule.MaxPreconditionerDimension;
            kept[mode] = TextbookMatrices.Combined(1, kept[mode], 1, diagonal ? TextbookMatrices.DiagonalOf(gram) : gram);
            if ((t - 1) % rule.UpdateFrequency == 0)
            {
                roots[mode] = TextbookMatrices.Function(kept[mode], v => Math.Pow(v, -1.0 / root));
            }

            d = Folded(roots[mode].Times(Unfolded(d, mode)), mode);
        }

        buffer = d;
        return [.. p.Select((x, i) => x - (lr * d[i]))];
    }

    /// <summary>The coordinate of a flat position in a mode, and what is left of it.</summary>
    private (int Row, int Column) Place(int position, int mode)
    {
        int inner = sizes[(mode + 1)..].Aggregate(1, (x, y) => x * y);
        return (position / inner % sizes[mode], (position / inner / sizes[mode] * inner) + (position % inner));
    }

    private double[,] Unfolded(double[] x, int mode)
    {
        var m = new double[sizes[mode], x.Length / sizes[mode]];
        for (int i = 0; i < x.Length; i++)
        {
            var (row, column) = Place(i, mode);
            m[row, column] = x[i];
        }

        return m;
    }

    private double[] Folded(double[,] m, int mode) => [.. Enumerable.Range(0, m.Length).Select(i =>
    {
        var (row, column) = Place(i, mode);
        return m[row, column];
    })];
}
