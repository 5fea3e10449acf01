using System.Numerics;
using Optim.Cli.Training.Layers;

namespace Optim.Cli.Training;

/// <summary>The models that the commands train.</summary>
internal static class Models
{
    private const int DigitsHidden = 32;

    /// <summary>The small network for the digits: 64 inputs, 32 rectified units and 10 outputs.</summary>
    public static Model<double> Digits { get; } = new(
        "mlp", Training.Digits.Shape, new SoftmaxCrossEntropy<double>(),
        ("hidden", shape => new Dense<double>(shape, DigitsHidden)), ("relu", shape => new Relu<double>(shape)),
        ("output", shape => new Dense<double>(shape, Training.Digits.Classes)))
    {
        Description = "64-32-10, ReLU, softmax cross-entropy",
    };
}
