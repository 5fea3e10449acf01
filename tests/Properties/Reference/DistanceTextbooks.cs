namespace Optim.Properties.Reference;

/// <summary>Defazio and Mishchenko 2023, algorithm 4 with the authors' momentum.</summary>
internal sealed class TextbookDAdaptSgd(DAdaptSgd rule, Func<int, bool>? exempt = null) : SetTextbook
{
    private double[][]? s, start;
    private double d = rule.InitialDistance, r, first;

    public override void Step(double[][] p, double[][] g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), mu = rule.Momentum.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        s ??= Map(p, (_, _) => 0);
        start ??= Map(p, (i, j) => p[i][j]);
        first = first == 0 ? Norm(g) : first;
        if (first == 0)
        {
            return;
        }

        double[][] h = Map(p, (i, j) => g[i][j] + (Decay(wd, i) * p[i][j]));
        double a = lr * d / first;
        r += a * Dot(h, s);
        s = Map(p, (i, j) => s![i][j] + (a * h[i][j]));
        double norm = Norm(s);
        d = lr == 0 || norm == 0 ? d : Math.Max(d, Math.Min(2 * r / norm, d * rule.GrowthRate));
        for (int i = 0; i < p.Length; i++)
        {
            for (int j = 0; j < p[i].Length; j++)
            {
                p[i][j] = (mu * p[i][j]) + ((1 - mu) * (start[i][j] - s[i][j]));
            }
        }
    }

    private double Decay(double wd, int tensor) => exempt?.Invoke(tensor) == true ? 0 : wd;
}

/// <summary>Defazio and Mishchenko 2023, algorithm 5.</summary>
internal sealed class TextbookDAdaptAdam(DAdaptAdam rule, Func<int, bool>? exempt = null) : SetTextbook
{
    private double[][]? s, m, v;
    private double d = rule.InitialDistance, r;

    public override void Step(double[][] p, double[][] g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), q = Math.Sqrt(b2), eps = rule.Epsilon.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        double a = d * rule.LearningRate.At(t - 1) * (rule.BiasCorrection ? Math.Sqrt(1 - Math.Pow(b2, t)) / (1 - Math.Pow(b1, t)) : 1);
        s ??= Map(p, (_, _) => 0);
        m ??= Map(p, (_, _) => 0);
        v ??= Map(p, (_, _) => 0);
        double[][] h = rule.DecoupledWeightDecay ? g : Map(p, (i, j) => g[i][j] + (Decay(wd, i) * p[i][j]));
        double along = a * Dot(h, Map(p, (i, j) => s![i][j] / (Math.Sqrt(v![i][j]) + eps)));
        m = Map(p, (i, j) => (b1 * m![i][j]) + ((1 - b1) * a * h[i][j]));
        v = Map(p, (i, j) => (b2 * v![i][j]) + ((1 - b2) * h[i][j] * h[i][j]));
        s = Map(p, (i, j) => (q * s![i][j]) + ((1 - q) * a * h[i][j]));
        double size = s.Sum(x => x.Sum(Math.Abs));
        if (size > 0)
        {
            r = (q * r) + ((1 - q) * along);
            d = a > 0 ? Math.Max(d, Math.Min(r / ((1 - q) * size), d * rule.GrowthRate)) : d;
        }

        for (int i = 0; i < p.Length; i++)
        {
            for (int j = 0; j < p[i].Length; j++)
            {
                p[i][j] -= (m[i][j] / (Math.Sqrt(v[i][j]) + eps)) + (rule.DecoupledWeightDecay ? Decay(wd, i) * a * p[i][j] : 0);
            }
        }
    }

    private double Decay(double wd, int tensor) => exempt?.Invoke(tensor) == true ? 0 : wd;
}

/// <summary>Mishchenko and Defazio 2024, algorithm 4 with the authors' b3, growth and warmup.</summary>
internal sealed class TextbookProdigy(Prodigy rule, Func<int, bool>? exempt = null) : SetTextbook
{
    private double[][]? s, m, v, start;
    private double d = rule.InitialDistance, most = rule.InitialDistance, r;

    public override void Step(double[][] p, double[][] g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), b3 = rule.Beta3.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        b3 = b3 == 0 ? Math.Sqrt(b2) : b3;
        double a = d * rule.LearningRate.At(t - 1) * (rule.BiasCorrection ? Math.Sqrt(1 - Math.Pow(b2, t)) / (1 - Math.Pow(b1, t)) : 1);
        s ??= Map(p, (_, _) => 0);
        m ??= Map(p, (_, _) => 0);
        v ??= Map(p, (_, _) => 0);
        start ??= Map(p, (i, j) => p[i][j]);
        double[][] h = rule.DecoupledWeightDecay ? g : Map(p, (i, j) => g[i][j] + (Decay(wd, i) * p[i][j]));
        double boost = d / rule.InitialDistance, old = d;
        double numerator = (b3 * r) + (boost * a * Dot(h, Map(p, (i, j) => start![i][j] - p[i][j])));
        m = Map(p, (i, j) => (b1 * m![i][j]) + ((1 - b1) * old * h[i][j]));
        v = Map(p, (i, j) => (b2 * v![i][j]) + ((1 - b2) * Math.Pow(old * h[i][j], 2)));
        s = Map(p, (i, j) => (b3 * s![i][j]) + (boost * (rule.SafeguardWarmup ? old : a) * h[i][j]));
        double size = s.Sum(x => x.Sum(Math.Abs));
        if (size > 0)
        {
            r = numerator;
            double estimate = rule.DistanceCoefficient.At(t - 1) * r / size;
            d = d == rule.InitialDistance ? Math.Max(d, estimate) : d;
            most = Math.Max(most, estimate);
            d = Math.Min(most, d * rule.GrowthRate);
        }

        for (int i = 0; i < p.Length; i++)
        {
            for (int j = 0; j < p[i].Length; j++)
            {
                p[i][j] -= a * ((m[i][j] / (Math.Sqrt(v[i][j]) + (d * rule.Epsilon.At(t - 1)))) + (rule.DecoupledWeightDecay ? Decay(wd, i) * p[i][j] : 0));
            }
        }
    }

    private double Decay(double wd, int tensor) => exempt?.Invoke(tensor) == true ? 0 : wd;
}

/// <summary>Keskar and Socher 2017, algorithm 1, with a relative tolerance besides.</summary>
internal sealed class TextbookSwats(Swats rule, Func<int, bool>? exempt = null) : SetTextbook
{
    private double[][]? m, v, b;
    private double average, factor;

    public bool Switched { get; private set; }

    public override void Step(double[][] p, double[][] g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), eps = rule.Epsilon.At(t - 1);
        m ??= Map(p, (_, _) => 0);
        v ??= Map(p, (_, _) => 0);
        b ??= Map(p, (_, _) => 0);
        double[][] h = Map(p, (i, j) => g[i][j] + (Decay(rule.WeightDecay.At(t - 1), i) * p[i][j])), u;
        if (Switched)
        {
            b = Map(p, (i, j) => (b1 * b![i][j]) + h[i][j]);
            u = Map(p, (i, j) => factor * lr * (((1 - b1) * b![i][j]) + (rule.Nesterov ? b1 * b[i][j] : 0)));
        }
        else
        {
            m = Map(p, (i, j) => (b1 * m![i][j]) + ((1 - b1) * h[i][j]));
            v = Map(p, (i, j) => (b2 * v![i][j]) + ((1 - b2) * h[i][j] * h[i][j]));
            double rate = lr * Math.Sqrt(1 - Math.Pow(b2, t)) / (1 - Math.Pow(b1, t));
            u = Map(p, (i, j) => rate * m![i][j] / (Math.Sqrt(v![i][j] + (rule.EpsilonTwice ? eps : 0)) + eps));
            double along = Dot(u, h);
            if (along != 0)
            {
                double scaling = Dot(u, u) / along;
                average = (b2 * average) + ((1 - b2) * scaling);
                double corrected = average / (1 - Math.Pow(b2, t));
                Switched = t > 1 && corrected > 0
                    && Math.Abs(corrected - scaling) <= rule.AbsoluteTolerance.At(t - 1) + (rule.RelativeTolerance.At(t - 1) * Math.Abs(scaling));
                factor = corrected / lr;
            }
        }

        for (int i = 0; i < p.Length; i++)
        {
            for (int j = 0; j < p[i].Length; j++)
            {
                p[i][j] -= u[i][j];
            }
        }
    }

    private double Decay(double wd, int tensor) => exempt?.Invoke(tensor) == true ? 0 : wd;
}
