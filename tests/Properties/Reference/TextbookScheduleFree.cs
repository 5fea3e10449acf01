namespace Optim.Properties.Reference;

/// <summary>Defazio et al. 2024: the three sequences as they are written, x kept.</summary>
internal sealed class TextbookScheduleFree(
    Schedule lr, Schedule momentum, Schedule wd, double stepPower, double ratePower, Schedule? b2 = null, Schedule? eps = null) : Textbook
{
    private double z, v, weights, largest;

    public TextbookScheduleFree(ScheduleFreeSgd r)
        : this(r.LearningRate, r.Momentum, r.WeightDecay, r.WeightStepPower, r.WeightLearningRatePower)
    {
    }

    public TextbookScheduleFree(ScheduleFreeAdamW r)
        : this(r.LearningRate, r.Beta1, r.WeightDecay, r.WeightStepPower, r.WeightLearningRatePower, r.Beta2, r.Epsilon)
    {
    }

    /// <summary>The average of z so far.</summary>
    public double X { get; private set; }

    public override double Step(double p, double g, int t)
    {
        if (t == 1)
        {
            (X, z) = (p, p);
        }

        double direction = g, rate = lr.At(t - 1);
        if (b2 is not null)
        {
            double beta = b2.At(t - 1);
            v = (beta * v) + ((1 - beta) * g * g);
            direction = g / (Math.Sqrt(v / (1 - Math.Pow(beta, t))) + eps!.At(t - 1));
        }

        largest = Math.Max(largest, rate);
        double weight = Math.Pow(t, stepPower) * Math.Pow(largest, ratePower);
        weights += weight;
        double c = weights == 0 ? 0 : weight / weights;
        z -= rate * (direction + (wd.At(t - 1) * p));
        X = ((1 - c) * X) + (c * z);
        double mu = momentum.At(t - 1);
        return (mu * X) + ((1 - mu) * z);
    }
}
