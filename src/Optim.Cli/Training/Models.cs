using System.Numerics;
using Optim.Cli.Training.Layers;

namespace Optim.Cli.Training;

/// <summary>The models that the commands train.</summary>
internal static class Models
{
    private const int DigitsHidden = 32, MlpHidden = 128, FirstChannels = 16, SecondChannels = 32, CnnHidden = 128, Kernel = 3;

    private const double MlpDropout = 0.2, CnnDropout = 0.2, SvmPenalty = 1e-4;

    /// <summary>The names that <see cref="Named"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["mlp", "cnn", "svm"];

    /// <summary>The small network for the digits: 64 inputs, 32 rectified units and 10 outputs.</summary>
    public static Model<double> Digits { get; } = new(
        "mlp", Training.Digits.Shape, new SoftmaxCrossEntropy<double>(),
        ("hidden", shape => new Dense<double>(shape, DigitsHidden)), ("relu", shape => new Relu<double>(shape)),
        ("output", shape => new Dense<double>(shape, Training.Digits.Classes)))
    {
        Description = "64-32-10, ReLU, softmax cross-entropy",
    };

    /// <summary>The model of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="data">What it is for: decides the sizes of its first and last layers.</param>
    /// <param name="threads">The most threads that a batch is split over.</param>
    public static Model<T> Named<T>(string name, Dataset data, int threads = 1)
        where T : unmanaged, IFloatingPointIeee754<T> => name switch
        {
            "mlp" => Mlp<T>(data.Shape, data.Classes.Count, threads),
            "cnn" => Cnn<T>(data.Shape, data.Classes.Count, threads),
            "svm" => Svm<T>(data.Shape, data.Classes.Count, threads),
            _ => throw new ArgumentException($"name must be one of {string.Join(", ", Names)}, was '{name}'.", nameof(name)),
        };

    /// <summary>A hidden layer of 128 rectified units.</summary>
    public static Model<T> Mlp<T>(ImageShape shape, int classes, int threads = 1)
        where T : unmanaged, IFloatingPointIeee754<T> => new(
            "mlp", shape, new SoftmaxCrossEntropy<T>(),
            ("hidden", input => new Dense<T>(input, MlpHidden)), ("relu", input => new Relu<T>(input)),
            ("dropout", input => new Dropout<T>(input, MlpDropout)), ("output", input => new Dense<T>(input, classes)))
        {
            Threads = threads,
        };

    /// <summary>Two convolutions, each normalised, rectified and pooled, then a hidden layer of 128 rectified units.</summary>
    public static Model<T> Cnn<T>(ImageShape shape, int classes, int threads = 1)
        where T : unmanaged, IFloatingPointIeee754<T> => new(
            "cnn", shape, new SoftmaxCrossEntropy<T>(),
            ("conv1", input => new Convolution<T>(input, FirstChannels, Kernel, padding: 1, bias: false)), ("norm1", input => new BatchNormalization<T>(input)),
            ("relu1", input => new Relu<T>(input)), ("pool1", input => new MaxPool<T>(input, 2, 2)),
            ("conv2", input => new Convolution<T>(input, SecondChannels, Kernel, padding: 1, bias: false)), ("norm2", input => new BatchNormalization<T>(input)),
            ("relu2", input => new Relu<T>(input)), ("pool2", input => new MaxPool<T>(input, 2, 2)),
            ("flatten", input => new Flatten<T>(input)), ("hidden", input => new Dense<T>(input, CnnHidden)), ("relu3", input => new Relu<T>(input)),
            ("dropout", input => new Dropout<T>(input, CnnDropout)), ("output", input => new Dense<T>(input, classes)))
        {
            Threads = threads,
        };

    /// <summary>A linear support vector machine: one layer, the multiclass hinge and an L2 penalty of 0.0001. Convex.</summary>
    public static Model<T> Svm<T>(ImageShape shape, int classes, int threads = 1)
        where T : unmanaged, IFloatingPointIeee754<T> => new(
            "svm", shape, new MulticlassHinge<T>(SvmPenalty), ("output", input => new Dense<T>(input, classes)))
        {
            Threads = threads,
        };
}
