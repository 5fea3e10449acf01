using Optim.Cli.Training;
using Optim.Networks;
using Optim.Networks.Layers;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Training;

/// <summary>Every layer's gradient, by its inputs and by its parameters, against differences.</summary>
public class LayerGradientTests(ITestOutputHelper output)
{
    [Fact]
    public void Dense_layers_have_their_gradients() => Check("dense", draw =>
        LayerCase.Of(draw, new Dense<double>(AnyShape(draw), draw.Integer(1, 5)), draw.Integer(1, 6)));

    [Fact]
    public void Convolutions_have_their_gradients_for_any_kernel_stride_and_padding() => Check("convolution", draw =>
    {
        int kernel = draw.Integer(1, 4), stride = draw.Integer(1, 3), padding = draw.Integer(0, 2), least = Math.Max(1, kernel - (2 * padding));
        var shape = new ImageShape(draw.Integer(1, 3), draw.Integer(least, least + 4), draw.Integer(least, least + 4));
        var layer = new Convolution<double>(shape, draw.Integer(1, 4), kernel, stride, padding, bias: draw.Coin());
        return LayerCase.Of(draw, layer, draw.Integer(1, 3), text: FormattableString.Invariant($"stride {stride} padding {padding}"));
    });

    [Fact]
    public void Max_pooling_has_its_gradient_for_any_window_and_stride() => Check("max-pool", draw =>
    {
        int size = draw.Integer(1, 3), stride = draw.Integer(1, 3), count = draw.Integer(1, 3);
        var shape = new ImageShape(draw.Integer(1, 9), draw.Integer(size, size + 4), draw.Integer(size, size + 4));

        // Evenly spaced, in random order: the largest in a window changes at equal numbers alone.
        var places = new Queue<int>(new SeededRandom(draw.Integer(0, 1 << 20), 0).Permutation(count * shape.Length));
        return LayerCase.Of(
            draw, new MaxPool<double>(shape, size, stride), count, () => 0.01 * places.Dequeue(), FormattableString.Invariant($"stride {stride}"));
    });

    [Fact]
    public void Rectifiers_have_their_gradient() => Check("ReLU", draw =>
        LayerCase.Of(draw, new Relu<double>(AnyShape(draw)), draw.Integer(1, 4), () => (draw.Coin() ? 1 : -1) * (0.01 + draw.Fraction())));

    [Fact]
    public void Dropout_has_its_gradient() => Check("dropout", draw =>
        LayerCase.Of(draw, new Dropout<double>(AnyShape(draw), draw.Of(0, 0.3, 0.5, 0.9)), draw.Integer(1, 4)) with { Training = draw.Coin() });

    [Fact]
    public void Flattening_has_its_gradient() => Check("flatten", draw => LayerCase.Of(draw, new Flatten<double>(AnyShape(draw)), draw.Integer(1, 4)));

    [Fact]
    public void Batch_normalisation_has_its_gradient_for_images_and_vectors_in_training_and_evaluation() => Check("batch normalisation", draw =>
    {
        // A channel of equal numbers has its steepest slope there, over a width of the root of epsilon: differences do not see it.
        var shape = draw.Coin() ? AnyShape(draw) : ImageShape.Vector(draw.Integer(1, 12));
        return LayerCase.Of(draw, new BatchNormalization<double>(shape), draw.Integer(8, 12)) with { Training = !draw.OneIn(4) };
    });

    [Fact]
    public void The_squared_error_has_its_gradient_and_is_mathnets_distance()
    {
        var network = new Network<double>(ImageShape.Vector(3), new SquaredError(), new Dense(4), new Relu(), new Dense(1));
        var inputs = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfArray(new double[,] { { 1, 2, -1 }, { 0.5, -2, 3 }, { -1, 0, 0.25 } });
        double[] targets = [1.5, -0.5, 2];
        var batch = Batch.OfTargets(inputs, targets);
        var parameters = network.Initialize(seed: 3);
        var (loss, _) = network.LossAndGradient(parameters, batch);
        var scores = network.Scores(parameters, network.InitialStatistics, batch).Column(0);
        Assert.Equal(MathNet.Numerics.Distance.MSE(scores.ToArray(), targets), loss, 1e-12);
        Assert.Equal(GradientVerdict.Right, GradientCheck.Of(p => network.LossAndGradient(p, batch), parameters).Verdict);
        Assert.True(double.IsNaN(network.Evaluate(parameters, network.InitialStatistics, batch).Accuracy));
        Assert.Throws<ArgumentException>("layers", () => new Network<double>(ImageShape.Vector(3), new SquaredError(), new Dense(2)));
        Assert.Contains("numbers to predict", Assert.Throws<ArgumentException>("batch", () => network.LossAndGradient(parameters, Batch.Of(inputs, [0, 0, 0]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hinge_has_its_gradient_by_the_scores() => CheckLoss(new MulticlassHinge<double>(0), draw =>
        draw.Numbers(draw.Integer(2, 12), () => 0.3 * draw.Integer(-9, 9))); // No margin 1 + 0.3 k is near 0.

    [Fact]
    public void Softmax_cross_entropy_has_its_gradient_by_the_scores() => CheckLoss(new SoftmaxCrossEntropy<double>(), draw =>
        draw.Numbers(draw.Integer(2, 12), () => draw.Plain() / 4)); // Beyond, derivatives are lost in the rounding of the loss.

    [Fact]
    public void The_hinge_and_its_penalty_have_their_gradient_by_weights_and_biases()
    {
        double worst = 0;
        Law.Check(output, Cases.Of(draw => (Count: draw.Integer(1, 5), Inputs: draw.Integer(1, 5), Classes: draw.Integer(2, 5), Seed: draw.Integer(0, 1 << 20), Penalty: draw.Fraction())), x =>
        {
            var model = new Network<double>(ImageShape.Vector(x.Inputs), new MulticlassHinge(x.Penalty), new Dense(x.Classes));
            var random = new SeededRandom(x.Seed, 0);
            var batch = new Batch<double>(
                [.. Enumerable.Range(0, x.Count * x.Inputs).Select(_ => random.NextDouble())], [.. Enumerable.Range(0, x.Count).Select(i => i % x.Classes)]);
            var (parameters, statistics) = (model.Initialize(random), model.InitialStatistics);
            if (Margins(parameters, batch, x.Inputs, x.Classes).Any(margin => Math.Abs(margin) < 1e-3))
            {
                return; // A kink.
            }

            var check = GradientCheck.Of(p => Scalar(model.Differentiate(p, statistics, batch, new(1, 1))), parameters);
            worst = Math.Max(worst, check.LargestError);
            Assert.True(check.Verdict == GradientVerdict.Right, $"{x}: {check}");
        });
        output.WriteLine($"hinge with L2: largest relative error {worst:G3}");
    }

    [Fact]
    public void Layers_in_a_row_have_the_gradient_of_the_whole()
    {
        var model = new Network<double>(new(2, 6, 6), new SoftmaxCrossEntropy(),
            new Convolution(3, 3) { Padding = 1 }, new BatchNormalization(), new Relu(), new MaxPool(2), new Convolution(2, 2), new Relu(), new Dropout(0.25), new Dense(4));
        var random = new SeededRandom(5, 0);
        var batch = new Batch<double>([.. Enumerable.Range(0, 5 * 72).Select(_ => random.NextDouble())], [3, 0, 1, 2, 3]);
        var (parameters, statistics) = (model.Initialize(random), model.InitialStatistics);
        var check = GradientCheck.Of(p => Scalar(model.Differentiate(p, statistics, batch, new(1, 1))), parameters);
        output.WriteLine($"{model.Description}: {check}");
        Assert.True(check.Verdict == GradientVerdict.Right, check.ToString());
    }

    private static ImageShape AnyShape(Draw draw) => new(draw.Integer(1, 9), draw.Integer(1, 4), draw.Integer(1, 4));

    private static Tuple<double, TensorSet<double>> Scalar(Derivative<double> derivative) => Tuple.Create(derivative.Loss, derivative.Gradient);

    private static IEnumerable<double> Margins(TensorSet<double> parameters, Batch<double> batch, int inputs, int classes)
    {
        for (int row = 0; row < batch.Count; row++)
        {
            double[] scores = new double[classes];
            for (int j = 0; j < classes; j++)
            {
                scores[j] = parameters[1].Span[j];
                for (int i = 0; i < inputs; i++)
                {
                    scores[j] += batch.Inputs[(row * inputs) + i] * parameters[0].Span[(i * classes) + j];
                }
            }

            for (int j = 0; j < classes; j++)
            {
                yield return j == batch.Labels[row] ? 1 : 1 + scores[j] - scores[batch.Labels[row]];
            }
        }
    }

    private void Check(string layer, Func<Draw, LayerCase> make)
    {
        double worst = 0;
        Law.Check(output, Cases.Of(make), x =>
        {
            var check = x.Check();
            worst = Math.Max(worst, check.LargestError);
            Assert.True(check.Verdict == GradientVerdict.Right, $"{x}: {check}");
        });
        output.WriteLine($"{layer}: largest relative error {worst:G3}");
    }

    private void CheckLoss(LossFunction<double> loss, Func<Draw, double[]> scores)
    {
        double worst = 0;
        Law.Check(output, Cases.Of(draw => (Scores: scores(draw), Label: draw.Integer(0, 1))), x =>
        {
            var check = GradientCheck.Of(
                p =>
                {
                    double[] values = p.ToArray();
                    double value = loss.Differentiate(values, x.Label, 0);
                    return Tuple.Create(value, TensorSet.OfArray(values));
                },
                TensorSet.OfArray(x.Scores));
            worst = Math.Max(worst, check.LargestError);
            Assert.True(check.Verdict == GradientVerdict.Right, $"{string.Join(", ", x.Scores)}: {check}");
        });
        output.WriteLine($"{loss.Description}: largest relative error {worst:G3}");
    }
}
