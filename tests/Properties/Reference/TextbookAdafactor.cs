namespace Optim.Properties.Reference;

/// <summary>Shazeer and Stern 2018, algorithms 4 and 5; torch.optim.Adafactor's documentation for the other form.</summary>
internal sealed class TextbookAdafactor(Adafactor rule, IReadOnlyList<int> dimensions) : TensorTextbook
{
    private readonly double[] v = new double[dimensions.Aggregate(1, (x, y) => x * y)];
    private readonly double[] r = new double[dimensions.Aggregate(1, (x, y) => x * y)];
    private readonly double[] c = new double[dimensions.Aggregate(1, (x, y) => x * y)];
    private readonly double[] m = new double[dimensions.Aggregate(1, (x, y) => x * y)];

    private bool IsTorch => rule.Form == AdafactorForm.PyTorch;

    public override double[] Step(double[] p, double[] g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), eps = rule.Epsilon.At(t - 1), wd = rule.WeightDecay.At(t - 1), b1 = rule.Beta1.At(t - 1);
        double rho = rule.RelativeStep ? Math.Min(rule.WarmupInit ? 1e-6 * t : lr, 1 / Math.Sqrt(t)) : lr;
        double alpha = rule.ScaleParameter ? Math.Max(rule.ScaleEpsilon.At(t - 1), Rms(p)) * rho : rho;
        g = [.. g.Select(x => rule.Maximize ? -x : x)];
        SecondMoments(g, 1 - Math.Pow(t, -rule.Beta2Decay.At(t - 1)), IsTorch ? 0 : eps, IsTorch ? eps : 0);
        double[] u = [.. g.Select((x, i) => x / (IsTorch ? Math.Max(Math.Sqrt(v[i]), eps) : Math.Sqrt(v[i])))];
        double clip = Math.Max(1, Rms(u) / rule.ClipThreshold.At(t - 1));
        for (int i = 0; i < u.Length; i++)
        {
            double step = alpha * u[i] / clip;
            m[i] = (b1 * m[i]) + ((1 - b1) * step);
            p[i] = p[i] - m[i] - ((IsTorch ? lr : alpha) * wd * p[i]);
        }

        return p;
    }

    private static double Rms(double[] x) => Math.Sqrt(x.Select(y => y * y).DefaultIfEmpty(0).Average());

    private void SecondMoments(double[] g, double b2, double added, double leastMean)
    {
        int rank = dimensions.Count;
        if (rank < 2 || dimensions[rank - 1] < rule.LeastFactoredDimension || dimensions[rank - 2] < rule.LeastFactoredDimension)
        {
            for (int i = 0; i < g.Length; i++)
            {
                v[i] = (b2 * v[i]) + ((1 - b2) * ((g[i] * g[i]) + added));
            }

            return;
        }

        int rows = dimensions[rank - 2], columns = dimensions[rank - 1];
        for (int matrix = 0; rows * columns > 0 && matrix < g.Length / (rows * columns); matrix++)
        {
            // The moments of a row stand at its first element, those of a column at its topmost.
            int first = matrix * rows * columns;
            double Square(int i, int j) => (g[first + (i * columns) + j] * g[first + (i * columns) + j]) + added;
            for (int i = 0; i < rows; i++)
            {
                r[first + (i * columns)] = (b2 * r[first + (i * columns)]) + ((1 - b2) * Enumerable.Range(0, columns).Average(j => Square(i, j)));
            }

            for (int j = 0; j < columns; j++)
            {
                c[first + j] = (b2 * c[first + j]) + ((1 - b2) * Enumerable.Range(0, rows).Average(i => Square(i, j)));
            }

            double mean = Math.Max(Enumerable.Range(0, rows).Average(i => r[first + (i * columns)]), leastMean);
            for (int i = 0; i < rows * columns; i++)
            {
                v[first + i] = r[first + (i / columns * columns)] * c[first + (i % columns)] / mean;
            }
        }
    }
}
