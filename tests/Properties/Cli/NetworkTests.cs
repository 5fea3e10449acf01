using Optim.Cli.Training;
using Xunit;

namespace Optim.Properties.Cli;

public class NetworkTests
{
    private static readonly Examples Few = Digits.Load().Pick([.. Enumerable.Range(0, 20)]);

    [Fact]
    public void The_gradient_agrees_with_central_differences()
    {
        const double Step = 1e-6;
        var parameters = Network.InitialParameters(new(3, 0));
        var (_, gradient) = Network.Differentiate(parameters, Few);

        for (int i = 0; i < parameters.Length; i++)
        {
            double slope = (Moved(i, Step) - Moved(i, -Step)) / (2 * Step);
            Assert.True(Math.Abs(slope - gradient.Span[i]) < 1e-8, FormattableString.Invariant($"Element {i}: {gradient.Span[i]} by hand, {slope} by differences."));
        }

        double Moved(int index, double by)
        {
            double[] values = parameters.ToArray();
            values[index] += by;
            return Network.Differentiate(TensorSet.OfValues<double>(Network.Layout, values), Few).Loss;
        }
    }

    [Fact]
    public void Evaluation_and_differentiation_agree_on_the_loss()
    {
        var parameters = Network.InitialParameters(new(3, 0));
        Assert.Equal(Network.Differentiate(parameters, Few).Loss, Network.Evaluate(parameters, Few).Loss);
    }

    [Fact]
    public void Biases_decide_where_weights_are_zero()
    {
        double[] values = new double[Network.Layout.Length];
        values[^1] = 1;
        var (_, accuracy) = Network.Evaluate(TensorSet.OfValues<double>(Network.Layout, values), Few);
        Assert.Equal(Few.Labels.Count(label => label == 9) / 20.0, accuracy);
    }
}
