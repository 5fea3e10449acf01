using MathNet.Numerics.LinearAlgebra;
using Optim.CSharp;
using Optim.Networks;
using Xunit;

namespace Optim.Properties.Documentation;

public class NetworksExample
{
    [Fact]
    public void The_network_of_the_page_learns_an_ellipse()
    {
        var (inputs, labels) = Ellipse();

        var network = new Network<double>(ImageShape.Vector(2), new SoftmaxCrossEntropy(), new Dense(16), new Relu(), new Dense(2));
        var batch = Batch.Of(inputs, labels);                              // a row an example, a class for each
        var state = Optimizer.Init(new AdamW { LearningRate = 0.02 }, network.Initialize(seed: 1));
        for (int step = 0; step < 200; step++)
        {
            var (loss, gradient) = network.LossAndGradient(state.Parameters, batch);
            state = Optimizer.Step(state.Donate(), gradient, loss).Item1;
        }

        var (_, accuracy) = network.Evaluate(state.EvaluationParameters, network.InitialStatistics, batch);

        Assert.InRange(accuracy, 0.95, 1);
        Assert.Equal(["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"], network.Layout.Select(shape => shape.Name));
    }

    [Fact]
    public void The_convolutional_network_of_the_page_trains_on_images()
    {
        using var folder = new Cli.ImageFolder();
        var mnist = new DirectoryInfo(folder.Path);

        var data = Idx.Load(mnist);                                        // MNIST's four files, plain or .gz
        var network = new Network<float>(
            data.Shape, new SoftmaxCrossEntropy(),
            new Convolution(8, kernel: 3) { Padding = 1, Bias = false }, new BatchNormalization(), new Relu(), new MaxPool(2),
            new Dropout(0.1), new Dense(data.Classes.Count));
        var loader = new BatchLoader<int>([.. Enumerable.Range(0, data.Training.Count)], batchSize: 16);
        var state = Optimizer.Init(new AdamW { LearningRate = 0.01 }, network.Initialize(seed: 1));
        var statistics = network.InitialStatistics;                        // the running means of batch normalisation
        var random = new SeededRandom(seed: 1, stream: 0);                 // what dropout leaves out
        for (int epoch = 0; epoch < 5; epoch++)
        {
            foreach (var rows in loader.Epoch(epoch))
            {
                var seen = network.Differentiate(state.Parameters, statistics, data.Training.Batch<float>(rows), random);
                statistics = seen.Statistics;
                state = Optimizer.Step(state.Donate(), seen.Gradient, seen.Loss).Item1;
            }
        }

        double accuracy = network.Evaluate(state.EvaluationParameters, statistics, data.Test).Accuracy;

        Assert.InRange(accuracy, 0.9, 1);
    }

    private static (Matrix<double> Inputs, int[] Labels) Ellipse()
    {
        var inputs = Matrix<double>.Build.Dense(400, 2, (i, j) => ((j == 0 ? i % 20 : i / 20) / 10.0) - 0.95);
        return (inputs, [.. inputs.EnumerateRows().Select(p => (p[0] * p[0]) + (2 * p[1] * p[1]) < 0.6 ? 1 : 0)]);
    }
}
