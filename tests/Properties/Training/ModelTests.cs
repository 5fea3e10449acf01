using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Networks;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Training;

public class ModelTests
{
    private static readonly Examples FewExamples = Digits.All().Pick([.. Enumerable.Range(0, 20)]);
    private static readonly Batch<double> Few = FewExamples.Batch<double>([.. Enumerable.Range(0, 20)]);

    [Fact]
    public void The_digits_model_has_its_gradient()
    {
        var (parameters, statistics) = (Models.Digits.Initialize(new SeededRandom(3, 0)), Models.Digits.InitialStatistics);
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
        var (parameters, statistics) = (Models.Digits.Initialize(new SeededRandom(3, 0)), Models.Digits.InitialStatistics);
        var derivative = Models.Digits.Differentiate(parameters, statistics, Few, new(1, 1));
        Assert.Equal(new Evaluation(derivative.Loss, derivative.Correct / 20.0), Models.Digits.Evaluate(parameters, statistics, FewExamples));
    }

    [Fact]
    public void Biases_decide_where_weights_are_zero()
    {
        double[] values = new double[Models.Digits.Layout.Length];
        values[^1] = 1;
        var (_, accuracy) = Models.Digits.Evaluate(TensorSet.OfValues<double>(Models.Digits.Layout, values), Models.Digits.InitialStatistics, FewExamples);
        Assert.Equal(FewExamples.Labels.ToArray().Count(label => label == 9) / 20.0, accuracy);
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("cnn")]
    public void No_number_depends_on_threads_or_on_what_a_model_did_before(string name)
    {
        var random = new SeededRandom(4, 0);
        var (first, second) = (Images(150), Images(77));
        var data = Data(first);
        var one = Models.Named<float>(name, data, threads: 1);
        var three = Models.Named<float>(name, data, threads: 3);
        var (parameters, statistics) = (one.Initialize(new SeededRandom(9, 0)), one.InitialStatistics);
        var fresh = one.Differentiate(parameters, statistics, Batch(first), new(2, 0));
        three.Differentiate(parameters, statistics, Batch(second), new(3, 0));
        Assert.Equal(three.Evaluate(parameters, statistics, second), one.Evaluate(parameters, statistics, second));
        Assert.Equal(fresh, three.Differentiate(parameters, statistics, Batch(first), new(2, 0)));
        Assert.Equal(fresh, one.Differentiate(parameters, statistics, Batch(first), new(2, 0)));
        Assert.NotEqual(fresh.Gradient, one.Differentiate(parameters, statistics, Batch(first), new(3, 0)).Gradient);

        Examples Images(int count)
        {
            byte[] pixels = [.. Enumerable.Range(0, count * 28 * 28).Select(_ => (byte)(256 * random.NextDouble()))];
            return new(new(1, 28, 28), pixels, [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))], 255);
        }
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("cnn")]
    [InlineData("svm")]
    public void Float_agrees_with_double(string name)
    {
        var data = Data(FewExamples);
        var (single, wide) = (Models.Named<float>(name, data), Models.Named<double>(name, data));
        var (parameters, statistics) = (single.Initialize(new SeededRandom(9, 0)), single.InitialStatistics);
        var narrow = single.Differentiate(parameters, statistics, FewExamples.Batch<float>([.. Enumerable.Range(0, 20)]), new(2, 0));
        var broad = wide.Differentiate(Widened(parameters), Widened(statistics), Few, new(2, 0));
        Assert.Equal(broad.Loss, narrow.Loss, 1e-5);
        Assert.True((broad.Gradient - Widened(narrow.Gradient)).Norm() < 1e-4 * broad.Gradient.Norm());
        Assert.True((broad.Statistics - Widened(narrow.Statistics)).Norm() <= 1e-5 * broad.Statistics.Norm());

        static TensorSet<double> Widened(TensorSet<float> set) => TensorSet.Generate(set.Layout, i => (double)set.Span[i]);
    }

    [Fact]
    public void A_model_that_there_is_not_is_refused_with_those_that_there_are() => Refused.With<ArgumentException>(
        "name must be one of mlp, cnn, svm, linear, was 'vgg'.", () => Models.Named<float>("vgg", Data(FewExamples)));

    [Theory]
    [InlineData("mlp", 0.93)]
    [InlineData("cnn", 0.96)]
    [InlineData("svm", 0.88)]
    public void Models_learn_the_digits_in_ten_epochs(string name, double accuracy)
    {
        var data = Digits.Load(1);
        using var training = new NetworkTraining<float>(Models.Named<float>(name, data), data, new AdamW { LearningRate = 0.002 }, 32, 1);
        new Trainer<float, IReadOnlyList<int>>(training.Optimizer, training.LossAndGradient) { Options = new() { Epochs = 10 }, Callbacks = [training] }.Run(training.Batches.Epoch);
        Assert.InRange(training.Evaluate(data.Test, CancellationToken.None).Accuracy, accuracy, 1);
    }

    private static Dataset Data(Examples examples) => new("", "", null, null, [.. Enumerable.Range(0, 10).Select(i => FormattableString.Invariant($"{i}"))], examples, examples);

    private static Batch<float> Batch(Examples examples) => examples.Batch<float>([.. Enumerable.Range(0, examples.Count)]);
}
