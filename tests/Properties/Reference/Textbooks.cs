namespace Optim.Properties.Reference;

/// <summary>PyTorch's SGD; with the learning rate inside the velocity as the articles have it.</summary>
internal sealed class TextbookSgd(Sgd rule) : Textbook
{
    private double b;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), mu = rule.Momentum.At(t - 1), tau = rule.Dampening.At(t - 1);
        g = (rule.Maximize ? -g : g) + (rule.WeightDecay.At(t - 1) * p);
        if (rule.Momentum.Equals(Schedule.Constant(0)))
        {
            return p - (lr * g);
        }

        double incoming = rule.LearningRateInVelocity ? lr * g : g;
        b = t == 1 ? incoming : (mu * b) + ((1 - tau) * incoming);
        double d = rule.Nesterov ? incoming + (mu * b) : b;
        return p - (rule.LearningRateInVelocity ? d : lr * d);
    }
}

/// <summary>Duchi, Hazan and Singer 2011, with PyTorch's learning rate decay.</summary>
internal sealed class TextbookAdaGrad(AdaGrad rule) : Textbook
{
    private double s = rule.InitialAccumulator;

    public override double Step(double p, double g, int t)
    {
        g = (rule.Maximize ? -g : g) + (rule.WeightDecay.At(t - 1) * p);
        s += Math.Pow(g, 2);
        double lr = rule.LearningRate.At(t - 1) / (1 + ((t - 1) * rule.LearningRateDecay.At(t - 1)));
        return p - (lr * g / (Math.Sqrt(s) + rule.Epsilon.At(t - 1)));
    }
}

/// <summary>Tieleman and Hinton 2012; Graves 2013; TensorFlow's form by its options.</summary>
internal sealed class TextbookRmsProp(RmsProp rule) : Textbook
{
    private double v = rule.InitialAccumulator, m, b;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), a = rule.Alpha.At(t - 1), eps = rule.Epsilon.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        double mu = rule.Momentum.At(t - 1), old = p;
        g = (rule.Maximize ? -g : g) + (rule.DecoupledWeightDecay ? 0 : wd * p);
        v = (a * v) + ((1 - a) * Math.Pow(g, 2));
        m = (a * m) + ((1 - a) * g);
        double square = rule.Centered ? v - Math.Pow(m, 2) : v;
        double d = g / (rule.EpsilonInsideRoot ? Math.Sqrt(square + eps) : Math.Sqrt(square) + eps);
        if (rule.LearningRateInVelocity)
        {
            b = (mu * b) + (lr * d);
            p -= b;
        }
        else
        {
            b = (mu * b) + d;
            p -= lr * b;
        }

        return rule.DecoupledWeightDecay ? p - (lr * wd * old) : p;
    }
}

/// <summary>Kingma and Ba 2015, algorithm 1; Reddi, Kale and Kumar 2018 for AMSGrad, its maximum over the uncorrected v.</summary>
internal class TextbookAdam(Schedule lr, Schedule b1, Schedule b2, Schedule eps, Schedule l2, Schedule decoupled, bool amsgrad, bool maximize) : Textbook
{
    private double m, v, largest;

    public TextbookAdam(Adam r)
        : this(r.LearningRate, r.Beta1, r.Beta2, r.Epsilon, r.WeightDecay, 0, r.AmsGrad, r.Maximize)
    {
    }

    public TextbookAdam(AdamW r)
        : this(r.LearningRate, r.Beta1, r.Beta2, r.Epsilon, 0, r.WeightDecay, r.AmsGrad, r.Maximize)
    {
    }

    public override double Step(double p, double g, int t)
    {
        double beta1 = b1.At(t - 1), beta2 = b2.At(t - 1), rate = lr.At(t - 1);
        g = (maximize ? -g : g) + (l2.At(t - 1) * p);
        m = (beta1 * m) + ((1 - beta1) * g);
        v = (beta2 * v) + ((1 - beta2) * Math.Pow(g, 2));
        largest = Math.Max(largest, v);
        double mean = m / (1 - Math.Pow(beta1, t)), square = (amsgrad ? largest : v) / (1 - Math.Pow(beta2, t));
        return p - (rate * mean / (Math.Sqrt(square) + eps.At(t - 1))) - (rate * decoupled.At(t - 1) * p);
    }
}
