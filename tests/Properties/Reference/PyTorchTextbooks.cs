namespace Optim.Properties.Reference;

/// <summary>Kingma and Ba 2015, algorithm 2, with PyTorch's epsilon.</summary>
internal sealed class TextbookAdaMax(AdaMax rule) : Textbook
{
    private double m, u;

    public override double Step(double p, double g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1);
        g = (rule.Maximize ? -g : g) + (rule.WeightDecay.At(t - 1) * p);
        m = (b1 * m) + ((1 - b1) * g);
        u = Math.Max(b2 * u, Math.Abs(g) + rule.Epsilon.At(t - 1));
        return p - (rule.LearningRate.At(t - 1) / (1 - Math.Pow(b1, t)) * m / u);
    }
}

/// <summary>Zeiler 2012, algorithm 1, whose RMS[x] is sqrt(E[x^2] + eps); his step carries the minus sign.</summary>
internal sealed class TextbookAdaDelta(AdaDelta rule) : Textbook
{
    private double squares, steps;

    public override double Step(double p, double g, int t)
    {
        double rho = rule.Rho.At(t - 1), eps = rule.Epsilon.At(t - 1);
        g = (rule.Maximize ? -g : g) + (rule.WeightDecay.At(t - 1) * p);
        squares = (rho * squares) + ((1 - rho) * Math.Pow(g, 2));
        double step = -Math.Sqrt(steps + eps) / Math.Sqrt(squares + eps) * g;
        steps = (rho * steps) + ((1 - rho) * Math.Pow(step, 2));
        return p + (rule.LearningRate.At(t - 1) * step);
    }
}

/// <summary>Dozat 2016, with PyTorch's momenta.</summary>
internal sealed class TextbookNAdam(NAdam rule) : Textbook
{
    private readonly List<double> momenta = [];
    private double m, v;

    public override double Step(double p, double g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), psi = rule.MomentumDecay.At(t - 1), lr = rule.LearningRate.At(t - 1);
        double wd = rule.WeightDecay.At(t - 1), left = rule.DecoupledWeightDecay ? p * (1 - (lr * wd)) : p;
        g = (rule.Maximize ? -g : g) + (rule.DecoupledWeightDecay ? 0 : wd * p);
        double Mu(int i) => b1 * (1 - (0.5 * Math.Pow(0.96, i * psi)));
        momenta.Add(Mu(t));
        m = (b1 * m) + ((1 - b1) * g);
        v = (b2 * v) + ((1 - b2) * Math.Pow(g, 2));
        double now = momenta.Aggregate(1.0, (x, y) => x * y), next = now * Mu(t + 1);
        double mean = (Mu(t + 1) * m / (1 - next)) + ((1 - Mu(t)) * g / (1 - now));
        return left - (lr * mean / (Math.Sqrt(v / (1 - Math.Pow(b2, t))) + rule.Epsilon.At(t - 1)));
    }
}

/// <summary>The AlgoPerf baseline.</summary>
internal sealed class TextbookNAdamW(NAdamW rule) : Textbook
{
    private double m, v;

    public override double Step(double p, double g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), lr = rule.LearningRate.At(t - 1);
        g = rule.Maximize ? -g : g;
        m = (b1 * m) + ((1 - b1) * g);
        v = (b2 * v) + ((1 - b2) * Math.Pow(g, 2));
        double ahead = (b1 * m) + ((1 - b1) * g), root = Math.Sqrt(v / (1 - Math.Pow(b2, t)));
        return (p * (1 - (lr * rule.WeightDecay.At(t - 1)))) - (lr * (ahead / (1 - Math.Pow(b1, t))) / (root + rule.Epsilon.At(t - 1)));
    }
}

/// <summary>Liu et al. 2020, algorithm 2, with PyTorch's place of epsilon; the authors' code by its options.</summary>
internal sealed class TextbookRAdam(RAdam rule) : Textbook
{
    private double m, v;

    public override double Step(double p, double g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), lr = rule.LearningRate.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        g = (rule.Maximize ? -g : g) + (rule.DecoupledWeightDecay ? 0 : wd * p);
        m = (b1 * m) + ((1 - b1) * g);
        v = (b2 * v) + ((1 - b2) * Math.Pow(g, 2));
        double mean = m / (1 - Math.Pow(b1, t)), most = (2 / (1 - b2)) - 1, rho = Rho(b2, t);
        bool rectified = rho > (rule.PaperThreshold ? 4 : 5);
        if (!rectified && rule.SkipUnrectified)
        {
            return p;
        }

        double left = rule.DecoupledWeightDecay ? p * (1 - (lr * wd)) : p;
        if (!rectified)
        {
            return left - (lr * mean);
        }

        double r = Math.Sqrt((rho - 4) / (most - 4) * ((rho - 2) / (most - 2)) * (most / rho));
        return left - (lr * r * mean * Math.Sqrt(1 - Math.Pow(b2, t)) / (Math.Sqrt(v) + rule.Epsilon.At(t - 1)));
    }

    /// <summary>
    /// 2 / (1 - b2) - 1 - 2 t b2^t / (1 - b2^t) without its cancellation: with S_n = 1 + b2 + ... + b2^(n-1), the sum over i below t of
    /// b2^i (S_(t-i) + b2 S_(t-i-1)), divided by S_t.
    /// </summary>
    private static double Rho(double b2, int t)
    {
        double[] sums = [0, .. Enumerable.Range(1, t).Select(n => Enumerable.Range(0, n).Sum(i => Math.Pow(b2, i)))];
        return Enumerable.Range(0, t).Sum(i => Math.Pow(b2, i) * (sums[t - i] + (b2 * sums[t - i - 1]))) / sums[t];
    }
}

/// <summary>Igel and Hüsken 2000, iRprop-.</summary>
internal sealed class TextbookRProp(RProp rule) : Textbook
{
    private double previous, size = rule.InitialStepSize;

    public override double Step(double p, double g, int t)
    {
        g = rule.Maximize ? -g : g;
        int change = Math.Sign(g) * Math.Sign(previous);
        size *= change > 0 ? rule.EtaPlus.At(t - 1) : change < 0 ? rule.EtaMinus.At(t - 1) : 1;
        size = Math.Clamp(size, rule.MinStepSize, rule.MaxStepSize);
        previous = change < 0 ? 0 : g;
        return p - (Math.Sign(previous) * size);
    }
}

/// <summary>PyTorch's ASGD; the average is <see cref="Average"/>.</summary>
internal sealed class TextbookAsgd(Asgd rule) : Textbook
{
    public double Average { get; private set; }

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), lambda = rule.Lambda.At(t - 1), eta = lr / Math.Pow(1 + (lambda * lr * (t - 1)), rule.Power.At(t - 1));
        g = (rule.Maximize ? -g : g) + (rule.WeightDecay.At(t - 1) * p);
        p = (p * (1 - (lambda * eta))) - (eta * g);
        double mu = 1 / Math.Max(1, t - 1 - rule.AveragingStart);
        Average = mu == 1 ? p : Average + (mu * (p - Average));
        return p;
    }
}

/// <summary>PyTorch's SparseAdam at an element that is present.</summary>
internal sealed class TextbookSparseAdam(SparseAdam rule) : Textbook
{
    private double m, v;

    public override double Step(double p, double g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1);
        g = rule.Maximize ? -g : g;
        m = (b1 * m) + ((1 - b1) * g);
        v = (b2 * v) + ((1 - b2) * Math.Pow(g, 2));
        double size = rule.LearningRate.At(t - 1) * Math.Sqrt(1 - Math.Pow(b2, t)) / (1 - Math.Pow(b1, t));
        return p - (size * m / (Math.Sqrt(v) + rule.Epsilon.At(t - 1)));
    }
}
