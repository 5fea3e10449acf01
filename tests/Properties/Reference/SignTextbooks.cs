namespace Optim.Properties.Reference;

/// <summary>Chen et al. 2023, algorithm 2.</summary>
internal sealed class TextbookLion(Lion rule) : Textbook
{
    private double m;

    public override double Step(double p, double g, int t)
    {
        double beta1 = rule.Beta1.At(t - 1), beta2 = rule.Beta2.At(t - 1), lr = rule.LearningRate.At(t - 1);
        g = rule.Maximize ? -g : g;
        double c = (beta1 * m) + ((1 - beta1) * g);
        m = (beta2 * m) + ((1 - beta2) * g);
        return p - (lr * (Math.Sign(c) + (rule.WeightDecay.At(t - 1) * p)));
    }
}

/// <summary>Su 2023, without the scaling of the rate.</summary>
internal sealed class TextbookTiger(Tiger rule) : Textbook
{
    private double m;

    public override double Step(double p, double g, int t)
    {
        double beta = rule.Beta.At(t - 1), lr = rule.LearningRate.At(t - 1);
        m = (beta * m) + ((1 - beta) * g);
        return (p * (1 - (lr * rule.WeightDecay.At(t - 1)))) - (lr * Math.Sign(m));
    }
}

/// <summary>Bernstein et al. 2018, algorithm 2.</summary>
internal sealed class TextbookSignum(SignSgd rule) : Textbook
{
    private double m;

    public override double Step(double p, double g, int t)
    {
        double mu = rule.Momentum.At(t - 1);
        m = (mu * m) + ((1 - mu) * (g + (rule.WeightDecay.At(t - 1) * p)));
        return p - (rule.LearningRate.At(t - 1) * Math.Sign(m));
    }
}

/// <summary>Loshchilov and Hutter 2019, algorithm 1, PyTorch's momentum, the decay times the learning rate.</summary>
internal sealed class TextbookSgdw(Sgdw rule) : Textbook
{
    private double b;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), mu = rule.Momentum.At(t - 1);
        g = rule.Maximize ? -g : g;
        b = t == 1 ? g : (mu * b) + ((1 - rule.Dampening.At(t - 1)) * g);
        double d = rule.Momentum.Equals(Schedule.Constant(0)) ? g : rule.Nesterov ? g + (mu * b) : b;
        return (p * (1 - (lr * rule.WeightDecay.At(t - 1)))) - (lr * d);
    }
}
