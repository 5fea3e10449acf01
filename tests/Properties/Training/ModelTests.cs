using Optim.Cli.Training;
using Xunit;

namespace Optim.Properties.Training;

public class ModelTests
{
    private static readonly Examples FewExamples = Digits.All().Pick([.. Enumerable.Range(0, 20)]);
    private static readonly Batch<double> Few = FewExamples.Batch<double>([.. Enumerable.Range(0, 20)]);

    [Fact]
    public void The_digits_model_has_its_gradient()
    {
        var (parameters, statistics) = Models.Digits.Init(new(3, 0));
        var check = GradientCheck.Of(
            p =>
            {
                var derivative = Models.Digits.Differentiate(p, statistics, Few, new(1, 1));
                return Tuple.Create(derivative.Loss, derivative.Gradient);
            },
            parameters);
        Assert.True(check.Verdict == GradientVerdict.Right, check.ToString());
    }

    [Fact]
    public void Evaluation_and_differentiation_agree_on_the_loss()
    {
        var (parameters, statistics) = Models.Digits.Init(new(3, 0));
        var derivative = Models.Digits.Differentiate(parameters, statistics, Few, new(1, 1));
        Assert.Equal((derivative.Loss, derivative.Correct / 20.0), Models.Digits.Evaluate(parameters, statistics, FewExamples));
    }

    [Fact]
    public void Biases_decide_where_weights_are_zero()
    {
        double[] values = new double[Models.Digits.Layout.Length];
        values[^1] = 1;
        var (_, accuracy) = Models.Digits.Evaluate(TensorSet.OfValues<double>(Models.Digits.Layout, values), Models.Digits.Init(new(3, 0)).Statistics, FewExamples);
        Assert.Equal(FewExamples.Labels.ToArray().Count(label => label == 9) / 20.0, accuracy);
    }
}
