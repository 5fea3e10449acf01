namespace Optim.Properties.Reference;

/// <summary>Jordan et al. 2024, with PyTorch's options; its vectors by <see cref="TextbookAdam"/>.</summary>
internal sealed class TextbookMuon : TensorTextbook
{
    private readonly Muon rule;
    private readonly TextbookAdam[] elements;
    private readonly int rows;
    private readonly double[] m;

    public TextbookMuon(Muon rule, IReadOnlyList<int> dimensions)
    {
        this.rule = rule;
        int length = dimensions.Aggregate(1, (x, y) => x * y);
        m = new double[length];
        rows = dimensions.Count >= 2 ? dimensions[0] : 0;
        elements = dimensions.Count >= 2 ? [] : [.. m.Select(_ => new TextbookAdam((AdamW)rule.Fallback))];
    }

    public override double[] Step(double[] p, double[] g, int t)
    {
        if (elements.Length > 0 || p.Length == 0)
        {
            return [.. p.Select((x, i) => elements[i].Step(x, g[i], t))];
        }

        double mu = rule.Momentum.At(t - 1), lr = rule.LearningRate.At(t - 1), eps = rule.Epsilon.At(t - 1);
        double[] u = new double[g.Length];
        for (int i = 0; i < g.Length; i++)
        {
            m[i] = (mu * m[i]) + ((1 - mu) * g[i]);
            u[i] = rule.Nesterov ? ((1 - mu) * g[i]) + (mu * m[i]) : m[i];
        }

        double norm = Math.Sqrt(u.Sum(x => x * x));
        var y = TextbookMatrices.Of([.. u.Select(x => x / (rule.AddEpsilonToNorm ? norm + eps : Math.Max(norm, eps)))], rows, p.Length / rows);
        for (int i = 0; i < rule.NewtonSchulzSteps; i++)
        {
            // As the paper has it for X with more columns than rows; the other way round it is the same polynomial from the other side.
            var a = y.Times(y.Transposed());
            y = TextbookMatrices.Combined(3.4445, y, 1, TextbookMatrices.Combined(-4.7750, a, 2.0315, a.Times(a)).Times(y));
        }

        int columns = p.Length / rows;
        double scale = rule.ShapeFactor == MuonShapeFactor.Original ? Math.Sqrt(Math.Max(1, (double)rows / columns)) : 0.2 * Math.Sqrt(Math.Max(rows, columns));
        double[] o = y.Flat();
        return [.. p.Select((x, i) => x - (lr * rule.WeightDecay.At(t - 1) * x) - (lr * scale * o[i]))];
    }
}
