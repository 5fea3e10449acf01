namespace Optim.Properties.Reference;

/// <summary>Ma and Yarats 2019, algorithm 1.</summary>
internal sealed class TextbookQhm(Qhm rule) : Textbook
{
    private double m;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), b = rule.Momentum.At(t - 1), nu = rule.Nu.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        g += rule.DecoupledWeightDecay ? 0 : wd * p;
        m = (b * m) + ((1 - b) * g);
        p *= rule.DecoupledWeightDecay ? 1 - (lr * wd) : 1;
        return p - (lr * (((1 - nu) * g) + (nu * m)));
    }
}

/// <summary>Ma and Yarats 2019, algorithm 2; the corrected moments as weighted means over all gradients so far.</summary>
internal sealed class TextbookQhAdam(QhAdam rule) : Textbook
{
    private double sum, squares, weight1, weight2;

    public override double Step(double p, double g, int t)
    {
        double lr = rule.LearningRate.At(t - 1), b1 = rule.Beta1.At(t - 1), b2 = rule.Beta2.At(t - 1), wd = rule.WeightDecay.At(t - 1);
        double nu1 = rule.Nu1.At(t - 1), nu2 = rule.Nu2.At(t - 1);
        g += rule.DecoupledWeightDecay ? 0 : wd * p;
        (sum, weight1) = ((b1 * sum) + g, (b1 * weight1) + 1);
        (squares, weight2) = ((b2 * squares) + Math.Pow(g, 2), (b2 * weight2) + 1);
        double above = ((1 - nu1) * g) + (nu1 * sum / weight1), below = ((1 - nu2) * Math.Pow(g, 2)) + (nu2 * squares / weight2);
        p *= rule.DecoupledWeightDecay ? 1 - (lr * wd) : 1;
        return p - (lr * above / (Math.Sqrt(below) + rule.Epsilon.At(t - 1)));
    }
}
