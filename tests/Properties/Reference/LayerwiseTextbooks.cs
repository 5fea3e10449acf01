using Optim.Properties.Checking;

namespace Optim.Properties.Reference;

/// <summary>You, Gitman and Ginsburg 2017, the rate outside the momentum.</summary>
internal sealed class TextbookLars(Lars rule) : SetTextbook
{
    private double[][]? b;

    public override void Step(double[][] p, double[][] g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), wd = rule.WeightDecay.At(t - 1), mu = rule.Momentum.At(t - 1), tau = rule.Dampening.At(t - 1);
        bool momentum = !rule.Momentum.Equals(Schedule.Constant(0)), first = b is null;
        b ??= Map(p, (_, _) => 0);
        for (int i = 0; i < p.Length; i++)
        {
            double pn = Norm(p[i]), gn = Norm(g[i]), ratio = 1;
            if (wd != 0 || rule.AlwaysAdapt)
            {
                ratio = pn == 0 || gn == 0 ? 1 : rule.TrustCoefficient.At(t - 1) * pn / (gn + (wd * pn) + rule.Epsilon.At(t - 1));
                ratio = rule.ClipTrust ? Math.Min(ratio / lr, 1) : ratio;
            }

            for (int j = 0; j < p[i].Length; j++)
            {
                double d = ratio * (g[i][j] + (wd * p[i][j]));
                b[i][j] = first ? d : (mu * b[i][j]) + ((1 - tau) * d);
                p[i][j] -= lr * (!momentum ? d : rule.Nesterov ? d + (mu * b[i][j]) : b[i][j]);
            }
        }
    }
}

/// <summary>You et al. 2020, algorithm 2, and cybertronai's form by its options.</summary>
internal sealed class TextbookLamb(Lamb rule) : SetTextbook
{
    private double[][]? m, v;

    public override void Step(double[][] p, double[][] g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), wd = rule.WeightDecay.At(t - 1), most = rule.MaxParameterNorm.At(t - 1);
        double limit = rule.MaxGradientNorm.At(t - 1), shrink = limit == 0 ? 1 : Math.Max(1, Norm(g) / limit);
        double c1 = rule.BiasCorrection ? 1 - Math.Pow(b1, t) : 1, c2 = rule.BiasCorrection ? 1 - Math.Pow(b2, t) : 1;
        double lr = rule.LearningRate.At(t - 1) * (rule.CorrectWholeStep ? Math.Sqrt(c2) / c1 : 1);
        if (rule.CorrectWholeStep)
        {
            (c1, c2) = (1, 1);
        }

        m ??= Map(p, (_, _) => 0);
        v ??= Map(p, (_, _) => 0);
        for (int i = 0; i < p.Length; i++)
        {
            double[] u = new double[p[i].Length];
            for (int j = 0; j < u.Length; j++)
            {
                double e = g[i][j] / shrink;
                m[i][j] = (b1 * m[i][j]) + ((rule.GradientAveraging ? 1 - b1 : 1) * e);
                v[i][j] = (b2 * v[i][j]) + ((1 - b2) * e * e);
                u[j] = (m[i][j] / c1 / (Math.Sqrt(v[i][j] / c2) + rule.Epsilon.At(t - 1))) + (wd * p[i][j]);
            }

            double pn = Norm(p[i]), un = Norm(u), ratio = pn == 0 || un == 0 ? 1 : (most == 0 ? pn : Math.Min(pn, most)) / un;
            ratio = wd == 0 && !rule.AlwaysAdapt ? 1 : rule.ClipTrust ? Math.Min(ratio, 1) : ratio;
            for (int j = 0; j < u.Length; j++)
            {
                p[i][j] -= lr * ratio * u[j];
            }
        }
    }
}

/// <summary>Ginsburg et al. 2019, algorithm 1.</summary>
internal sealed class TextbookNovoGrad(NovoGrad rule) : SetTextbook
{
    private double[][]? m;
    private double[]? v, largest;

    public override void Step(double[][] p, double[][] g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1);
        m ??= Map(p, (_, _) => 0);
        v ??= new double[p.Length];
        largest ??= new double[p.Length];
        for (int i = 0; i < p.Length; i++)
        {
            double square = g[i].Sum(x => x * x);
            v[i] = v[i] == 0 ? square : (b2 * v[i]) + ((1 - b2) * square);
            largest[i] = Math.Max(largest[i], v[i]);
            double root = Math.Sqrt(rule.AmsGrad ? largest[i] : v[i]) + rule.Epsilon.At(t - 1);
            for (int j = 0; j < p[i].Length; j++)
            {
                double d = (g[i][j] / root) + (rule.WeightDecay.At(t - 1) * p[i][j]);
                m[i][j] = (b1 * m[i][j]) + (rule.GradientAveraging ? (1 - b1) * d : d);
                p[i][j] -= rule.LearningRate.At(t - 1) * m[i][j];
            }
        }
    }
}

/// <summary>Zhang et al. 2024, algorithm 1, the blocks by their length in a row.</summary>
internal sealed class TextbookAdamMini(AdamMini rule, Scenario s) : SetTextbook
{
    private double[][]? m, v;

    public override void Step(double[][] p, double[][] g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), lr = rule.LearningRate.At(t - 1);
        m ??= Map(p, (_, _) => 0);
        v ??= Map(p, (_, _) => 0);
        for (int i = 0; i < p.Length; i++)
        {
            var dimensions = s.Layout[i].Dimensions;
            int block = rule.PerTensor || dimensions.Count < 2 ? p[i].Length : dimensions.Skip(1).Aggregate(1, (a, b) => a * b);
            for (int j = 0; j < p[i].Length; j++)
            {
                m[i][j] = (b1 * m[i][j]) + ((1 - b1) * g[i][j]);
                v[i][j] = (b2 * v[i][j]) + ((1 - b2) * g[i].Chunk(block).ElementAt(j / block).Average(x => x * x));
                double mean = m[i][j] / (1 - Math.Pow(b1, t)), square = v[i][j] / (1 - Math.Pow(b2, t));
                p[i][j] -= lr * ((mean / (Math.Sqrt(square) + rule.Epsilon.At(t - 1))) + (rule.WeightDecay.At(t - 1) * p[i][j]));
            }
        }
    }
}
