namespace Optim.Properties.Reference;

/// <summary>A mean and its sign, which hangs on rounding where what was summed all but cancels.</summary>
internal abstract class SignTextbook : Textbook
{
    private double mean, magnitude, last, lastMagnitude;

    public override bool HangsOnRounding => Math.Abs(last) < 1e-5 * lastMagnitude;

    /// <summary>The sign of <c>b1 m + (1 - b1) g</c>; then m moves with b2.</summary>
    /// <param name="beta1">b1.</param>
    /// <param name="beta2">b2.</param>
    /// <param name="terms">What makes up g.</param>
    protected double SignOfMean(double beta1, double beta2, params double[] terms)
    {
        double g = terms.Sum(), size = terms.Sum(Math.Abs);
        (last, lastMagnitude) = ((beta1 * mean) + ((1 - beta1) * g), (beta1 * magnitude) + ((1 - beta1) * size));
        (mean, magnitude) = ((beta2 * mean) + ((1 - beta2) * g), (beta2 * magnitude) + ((1 - beta2) * size));
        return Math.Sign(last);
    }
}

/// <summary>Chen et al. 2023, algorithm 2.</summary>
internal sealed class TextbookLion(Lion rule) : SignTextbook
{
    public override double Step(double p, double g, int t)
    {
        double sign = SignOfMean(rule.Beta1.At(t - 1), rule.Beta2.At(t - 1), rule.Maximize ? -g : g);
        return p - (rule.LearningRate.At(t - 1) * (sign + (rule.WeightDecay.At(t - 1) * p)));
    }
}

/// <summary>Su 2023, without the scaling of the rate.</summary>
internal sealed class TextbookTiger(Tiger rule) : SignTextbook
{
    public override double Step(double p, double g, int t)
    {
        double beta = rule.Beta.At(t - 1), lr = rule.LearningRate.At(t - 1), sign = SignOfMean(beta, beta, g);
        return (p * (1 - (lr * rule.WeightDecay.At(t - 1)))) - (lr * sign);
    }
}

/// <summary>Bernstein et al. 2018, algorithm 2.</summary>
internal sealed class TextbookSignum(SignSgd rule) : SignTextbook
{
    public override double Step(double p, double g, int t)
    {
        double mu = rule.Momentum.At(t - 1);
        return p - (rule.LearningRate.At(t - 1) * SignOfMean(mu, mu, g, rule.WeightDecay.At(t - 1) * p));
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
