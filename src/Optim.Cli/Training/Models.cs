using System.Numerics;
using Optim.Networks;

namespace Optim.Cli.Training;

/// <summary>The networks that the commands train.</summary>
internal static class Models
{
    private const int DigitsHidden = 32, MlpHidden = 128, FirstChannels = 16, SecondChannels = 32, CnnHidden = 128, Kernel = 3, Pool = 2;

    private const double DropoutRate = 0.2, SvmPenalty = 1e-4;

    /// <summary>The names that <see cref="Named"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["mlp", "cnn", "svm", "linear"];

    /// <summary>The small network for the digits: 64 inputs, 32 ReLU units and 10 outputs.</summary>
    public static Network<double> Digits { get; } = new(
        Training.Digits.Shape, new SoftmaxCrossEntropy(),
        new Dense(DigitsHidden) { Name = "hidden" }, new Relu(), new Dense(Training.Digits.Classes) { Name = "output" })
    {
        Description = "64-32-10, ReLU, softmax cross-entropy",
    };

    /// <summary>Finds a network by name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="data">The data, which determine the sizes of its first and last layers.</param>
    /// <param name="threads">The maximum number of threads per batch.</param>
    public static Network<T> Named<T>(string name, Dataset data, int threads = 1)
        where T : unmanaged, IFloatingPointIeee754<T> => name switch
        {
            "mlp" => data.Target is null ? Mlp<T>(data.Shape, data.Classes.Count, threads) : Regression<T>(data.Shape, threads, new Dense(MlpHidden) { Name = "hidden" }, new Relu()),
            "cnn" => Cnn<T>(data.Shape, data.Classes.Count, threads),
            "svm" => Svm<T>(data.Shape, data.Classes.Count, threads),
            "linear" => data.Target is null ? Linear<T>(data.Shape, data.Classes.Count, threads) : Regression<T>(data.Shape, threads),
            _ => throw new ArgumentException($"name must be one of {string.Join(", ", Names)}, was '{name}'.", nameof(name)),
        };

    /// <summary>Whether a model can learn some data: a convolution needs images, and a support vector machine classes.</summary>
    /// <exception cref="FormatException">It cannot; the message says why, and names those that can.</exception>
    public static void RequireFit(string name, Dataset data)
    {
        string? why = name switch
        {
            "cnn" when data.Training.IsNumbers => "images, and a table has none",
            "svm" when data.Target is not null => $"classes, and '{data.Target.Name}' is a number",
            _ => null,
        };
        if (why is not null)
        {
            throw new FormatException($"--model {name} needs {why}: name {(data.Target is null ? "mlp, linear or svm" : "mlp or linear")}.");
        }
    }

    /// <summary>One layer and softmax: logistic regression. Convex.</summary>
    public static Network<T> Linear<T>(ImageShape shape, int classes, int threads = 1)
        where T : unmanaged, IFloatingPointIeee754<T> => new(shape, new SoftmaxCrossEntropy(), new Dense(classes) { Name = "output" })
        {
            MaxThreads = threads,
        };

    /// <summary>One output and the squared error, after some layers; without any, linear regression, which is convex.</summary>
    public static Network<T> Regression<T>(ImageShape shape, int threads, params Layer[] layers)
        where T : unmanaged, IFloatingPointIeee754<T> => new(shape, new SquaredError(), [.. layers, new Dense(1) { Name = "output" }])
        {
            MaxThreads = threads,
        };

    /// <summary>A hidden layer of 128 ReLU units.</summary>
    public static Network<T> Mlp<T>(ImageShape shape, int classes, int threads = 1)
        where T : unmanaged, IFloatingPointIeee754<T> => new(
            shape, new SoftmaxCrossEntropy(),
            new Dense(MlpHidden) { Name = "hidden" }, new Relu(), new Dropout(DropoutRate), new Dense(classes) { Name = "output" })
        {
            MaxThreads = threads,
        };

    /// <summary>Two convolutions, each with batch normalisation, ReLU and pooling, then a hidden layer of 128 ReLU units.</summary>
    public static Network<T> Cnn<T>(ImageShape shape, int classes, int threads = 1)
        where T : unmanaged, IFloatingPointIeee754<T> => new(
            shape, new SoftmaxCrossEntropy(),
            new Convolution(FirstChannels, Kernel) { Padding = 1, Bias = false }, new BatchNormalization(), new Relu(), new MaxPool(Pool),
            new Convolution(SecondChannels, Kernel) { Padding = 1, Bias = false }, new BatchNormalization(), new Relu(), new MaxPool(Pool),
            new Flatten(), new Dense(CnnHidden) { Name = "hidden" }, new Relu(), new Dropout(DropoutRate), new Dense(classes) { Name = "output" })
        {
            MaxThreads = threads,
        };

    /// <summary>A linear support vector machine: one layer, the multiclass hinge and an L2 penalty of 0.0001. Convex.</summary>
    public static Network<T> Svm<T>(ImageShape shape, int classes, int threads = 1)
        where T : unmanaged, IFloatingPointIeee754<T> => new(shape, new MulticlassHinge(SvmPenalty), new Dense(classes) { Name = "output" })
        {
            MaxThreads = threads,
        };
}
