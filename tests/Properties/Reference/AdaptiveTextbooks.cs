namespace Optim.Properties.Reference;

/// <summary>Xie et al. 2022 as in the authors' code, the differences of gradients written out.</summary>
internal sealed class TextbookAdan(Adan rule) : Textbook
{
    private double m, v, n, last;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), b3 = rule.Beta3.At(t - 1);
        double d = t == 1 ? 0 : g - last;
        m = (b1 * m) + ((1 - b1) * g);
        v = (b2 * v) + ((1 - b2) * d);
        n = (b3 * n) + ((1 - b3) * Math.Pow(g + (b2 * d), 2));
        last = g;
        double above = (m / (1 - Math.Pow(b1, t))) + (b2 * v / (1 - Math.Pow(b2, t)));
        double step = lr * above / (Math.Sqrt(n / (1 - Math.Pow(b3, t))) + rule.Epsilon.At(t - 1));
        return rule.ProximalWeightDecay ? (p - step) / (1 + (lr * wd)) : (p * (1 - (lr * wd))) - step;
    }
}

/// <summary>Lucas et al. 2019, algorithm 1.</summary>
internal sealed class TextbookAggMo(AggMo rule) : Textbook
{
    private readonly double[] velocities = new double[rule.Betas.Count];

    public override double Step(double p, double g, int t)
    {
        g += rule.WeightDecay.At(t - 1) * p;
        for (int i = 0; i < velocities.Length; i++)
        {
            velocities[i] = (rule.Betas[i] * velocities[i]) - g;
        }

        return p + (rule.LearningRate.At(t - 1) * velocities.Average());
    }
}

/// <summary>Pagliardini, Ablin and Grangier 2024, algorithm 1 with the schedulers of its appendix.</summary>
internal sealed class TextbookAdEmaMix(AdEmaMix rule) : Textbook
{
    private double fast, slow, v;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), b3 = rule.Beta3.At(t - 1), alpha = rule.Alpha.At(t - 1);
        alpha = t < rule.AlphaWarmupSteps ? alpha * t / rule.AlphaWarmupSteps : alpha;
        b3 = t < rule.Beta3WarmupSteps ? Inverse(F(b1) + ((F(b3) - F(b1)) * t / rule.Beta3WarmupSteps)) : b3;
        fast = (b1 * fast) + ((1 - b1) * g);
        slow = (b3 * slow) + ((1 - b3) * g);
        v = (b2 * v) + ((1 - b2) * Math.Pow(g, 2));
        double above = (fast / (1 - Math.Pow(b1, t))) + (alpha * slow), below = Math.Sqrt(v / (1 - Math.Pow(b2, t))) + rule.Epsilon.At(t - 1);
        return p - (lr * ((above / below) + (rule.WeightDecay.At(t - 1) * p)));
    }

    private static double F(double beta) => (Math.Log(0.5) / Math.Log(beta + 1e-8)) - 1;

    private static double Inverse(double x) => Math.Pow(0.5, 1 / (x + 1));
}

/// <summary>Taniguchi et al. 2024, algorithm 2, the clipping as an option.</summary>
internal sealed class TextbookAdopt(Adopt rule) : Textbook
{
    private double m, v;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        g = (rule.Maximize ? -g : g) + (rule.DecoupledWeightDecay ? 0 : wd * p);
        if (t == 1)
        {
            v = g * g;
            return p;
        }

        double normed = g / Math.Max(Math.Sqrt(v), rule.Epsilon.At(t - 1)), c = Math.Pow(t - 1, rule.ClipExponent.At(t - 1));
        m = (b1 * m) + ((1 - b1) * (rule.ClipQuotient ? Math.Clamp(normed, -c, c) : normed));
        v = (b2 * v) + ((1 - b2) * Math.Pow(g, 2));
        return (rule.DecoupledWeightDecay ? p * (1 - (lr * wd)) : p) - (lr * m);
    }
}

/// <summary>Ziyin, Wang and Ueda 2020, the corrections as the sums of the weights.</summary>
internal sealed class TextbookLaProp(LaProp rule) : Textbook
{
    private double m, v, weights1, weights2;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), decay = lr * rule.WeightDecay.At(t - 1);
        v = (b2 * v) + ((1 - b2) * Math.Pow(g, 2));
        weights2 = (b2 * weights2) + (1 - b2);
        m = (b1 * m) + ((1 - b1) * lr * g / (Math.Sqrt(v / weights2) + rule.Epsilon.At(t - 1)));
        weights1 = (b1 * weights1) + ((1 - b1) * lr);
        double step = weights1 == 0 ? 0 : m / weights1 * lr;
        return rule.DecayBeforeStep ? (p * (1 - decay)) - step : (p - step) * (1 - decay);
    }
}

/// <summary>Defazio and Jelassi 2021, algorithm 1, epsilon added to the rate as in the authors' code.</summary>
internal sealed class TextbookMadGrad(MadGrad rule) : Textbook
{
    private double start = double.NaN, s, v;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), eps = rule.Epsilon.At(t - 1), mu = rule.Momentum.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        start = t == 1 ? p : start;
        g += rule.DecoupledWeightDecay ? 0 : wd * p;
        double lambda = (lr + eps) * Math.Sqrt(t);
        s += lambda * g;
        v += lambda * Math.Pow(g, 2);
        double z = start - (s / (Math.Cbrt(v) + eps));
        p *= rule.DecoupledWeightDecay ? 1 - (lr * wd) : 1;
        return (mu * p) + ((1 - mu) * z);
    }
}

/// <summary>Dubey et al. 2020; epsilon by the option on the corrected root or before it.</summary>
internal sealed class TextbookDiffGrad(DiffGrad rule) : Textbook
{
    private double m, v, last;

    public override double Step(double p, double g, int t)
    {
        double b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), eps = rule.Epsilon.At(t - 1);
        g += rule.WeightDecay.At(t - 1) * p;
        m = (b1 * m) + ((1 - b1) * g);
        v = (b2 * v) + ((1 - b2) * Math.Pow(g, 2));
        double friction = 1 / (1 + Math.Exp(-Math.Abs(last - g))), mean = m / (1 - Math.Pow(b1, t)), root = Math.Sqrt(1 - Math.Pow(b2, t));
        last = g;
        double below = rule.EpsilonAfterCorrection ? (Math.Sqrt(v) / root) + eps : (Math.Sqrt(v) + eps) / root;
        return p - (rule.LearningRate.At(t - 1) * friction * mean / below);
    }
}

/// <summary>Ding et al. 2019, algorithm 1; epsilon as in <see cref="TextbookDiffGrad"/>.</summary>
internal sealed class TextbookAdaMod(AdaMod rule) : Textbook
{
    private double m, v, s;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), b3 = rule.Beta3.At(t - 1), eps = rule.Epsilon.At(t - 1);
        m = (b1 * m) + ((1 - b1) * g);
        v = (b2 * v) + ((1 - b2) * Math.Pow(g, 2));
        double root = Math.Sqrt(1 - Math.Pow(b2, t)), below = rule.EpsilonAfterCorrection ? (Math.Sqrt(v) / root) + eps : (Math.Sqrt(v) + eps) / root;
        s = (b3 * s) + ((1 - b3) * lr / (1 - Math.Pow(b1, t)) / below);
        double rate = Math.Min(lr / (1 - Math.Pow(b1, t)) / below, s);
        return (p * (1 - (lr * rule.WeightDecay.At(t - 1)))) - (rate * m);
    }
}
