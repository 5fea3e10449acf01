using Optim.CSharp;

namespace Samples;

/// <summary>A linear model in arrays of its own, and a copy of them for predictions while it learns.</summary>
internal sealed class LinearModel : ITrainingCallback
{
    private readonly Parameter<double> weights;
    private readonly Parameter<double> bias = Parameter.Of("bias", new double[1]);
    private double[] published;

    public LinearModel(int inputs)
    {
        weights = Parameter.Of("weights", new double[inputs]);
        published = new double[inputs + 1];
    }

    public IEnumerable<Parameter<double>> Parameters => [weights, bias];

    /// <summary>The trainer's objective: half the squared error of one example.</summary>
    public double LossAndGradient(Example example)
    {
        var values = weights.Values.Span;
        double error = bias.Values.Span[0] - example.Target;
        for (int i = 0; i < values.Length; i++)
        {
            error += values[i] * example.Inputs[i];
        }

        for (int i = 0; i < values.Length; i++)
        {
            weights.Gradient.Span[i] = error * example.Inputs[i];
        }

        bias.Gradient.Span[0] = error;
        return 0.5 * error * error;
    }

    /// <summary>A prediction by the parameters after some whole step; called on any thread.</summary>
    public double Predict(double[] inputs)
    {
        double[] parameters = Volatile.Read(ref published);
        double sum = parameters[^1];
        for (int i = 0; i < inputs.Length; i++)
        {
            sum += parameters[i] * inputs[i];
        }

        return sum;
    }

    /// <summary>Makes the parameters of now those of predictions. The arrays themselves are in the middle of a step most of the time.</summary>
    public void Publish() => Volatile.Write(ref published, [.. weights.Values.Span, bias.Values.Span[0]]);

    public bool OnStep(TrainingProgress progress)
    {
        Publish();
        return true;
    }
}
