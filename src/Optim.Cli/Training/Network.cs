using MathNet.Numerics.LinearAlgebra;

namespace Optim.Cli.Training;

/// <summary>
/// A network of 64 inputs, 32 rectified units and 10 outputs, with the mean softmax cross-entropy as its loss and the gradient
/// written by hand: <c>h = max(0, x W1 + b1); z = h W2 + b2; loss = mean(log(sum(exp(z))) - z[label])</c>.
/// </summary>
/// <remarks>In double, so that the gradient can be checked against differences; every operation has the same bits on every machine.</remarks>
internal static class Network
{
    private const int Hidden = 32;

    private const string HiddenWeight = "hidden.weight", HiddenBias = "hidden.bias", OutputWeight = "output.weight", OutputBias = "output.bias";

    /// <summary>The network in words, for reports.</summary>
    public const string Description = "64-32-10, ReLU, softmax cross-entropy";

    /// <summary>The parameters' names and shapes.</summary>
    public static Layout Layout { get; } = Layout.Of(
        new TensorShape(HiddenWeight, Digits.Pixels, Hidden), new TensorShape(HiddenBias, Hidden),
        new TensorShape(OutputWeight, Hidden, Digits.Classes), new TensorShape(OutputBias, Digits.Classes));

    /// <summary>Weights uniform within <c>sqrt(6 / inputs)</c> (He, Zhang, Ren and Sun 2015), biases 0.</summary>
    public static TensorSet<double> InitialParameters(SeededRandom random)
    {
        var values = new double[Layout.Length];
        Fill(HiddenWeight, Digits.Pixels);
        Fill(OutputWeight, Hidden);
        return TensorSet.OfValues<double>(Layout, values);

        void Fill(string name, int inputs)
        {
            int index = Layout.IndexOf(name);
            double limit = Math.Sqrt(6.0 / inputs);
            foreach (ref double value in values.AsSpan(Layout.OffsetOf(index), Layout[index].Length))
            {
                value = limit * ((2 * random.NextDouble()) - 1);
            }
        }
    }

    /// <summary>The mean loss over some examples and its gradient.</summary>
    public static (double Loss, TensorSet<double> Gradient) Differentiate(TensorSet<double> parameters, Examples examples)
    {
        var hidden = Activations(parameters, examples);
        var output = Outputs(parameters, hidden);
        double loss = SoftmaxLosses(output, examples.Labels).Sum() / examples.Count;

        // From here on, output holds the gradient of the loss by z: (softmax(z) - onehot(label)) / count.
        for (int row = 0; row < examples.Count; row++)
        {
            output.At(row, examples.Labels[row], output.At(row, examples.Labels[row]) - 1);
        }

        output.Divide(examples.Count, output);
        var back = output.TransposeAndMultiply(parameters[OutputWeight].ToMatrix());
        back.MapIndexedInplace((row, column, value) => hidden.At(row, column) > 0 ? value : 0);
        var gradient = TensorSet.OfTensors(
            Tensor.Of(HiddenWeight, examples.Pixels.TransposeThisAndMultiply(back)), Tensor.Of(HiddenBias, back.ColumnSums()),
            Tensor.Of(OutputWeight, hidden.TransposeThisAndMultiply(output)), Tensor.Of(OutputBias, output.ColumnSums()));
        return (loss, gradient);
    }

    /// <summary>The mean loss over some examples, and the share of them whose largest output is their digit's.</summary>
    public static (double Loss, double Accuracy) Evaluate(TensorSet<double> parameters, Examples examples)
    {
        var output = Outputs(parameters, Activations(parameters, examples));
        int right = Enumerable.Range(0, examples.Count).Count(row => output.Row(row).MaximumIndex() == examples.Labels[row]);
        return (SoftmaxLosses(output, examples.Labels).Sum() / examples.Count, (double)right / examples.Count);
    }

    private static Matrix<double> Activations(TensorSet<double> parameters, Examples examples)
    {
        var hidden = Affine(examples.Pixels, parameters[HiddenWeight], parameters[HiddenBias]);

        // A NaN stays one, so that a run that diverged shows.
        hidden.MapInplace(x => x < 0 ? 0 : x);
        return hidden;
    }

    private static Matrix<double> Outputs(TensorSet<double> parameters, Matrix<double> hidden) =>
        Affine(hidden, parameters[OutputWeight], parameters[OutputBias]);

    private static Matrix<double> Affine(Matrix<double> inputs, Tensor<double> weight, Tensor<double> bias)
    {
        var result = inputs * weight.ToMatrix();
        for (int column = 0; column < result.ColumnCount; column++)
        {
            double shift = bias.Span[column];
            for (int row = 0; row < result.RowCount; row++)
            {
                result.At(row, column, result.At(row, column) + shift);
            }
        }

        return result;
    }

    /// <summary>Replaces each row by its softmax; the loss of each row.</summary>
    private static double[] SoftmaxLosses(Matrix<double> output, IReadOnlyList<int> labels)
    {
        var losses = new double[output.RowCount];
        for (int row = 0; row < output.RowCount; row++)
        {
            double largest = output.At(row, 0);
            for (int column = 1; column < output.ColumnCount; column++)
            {
                largest = Math.Max(largest, output.At(row, column));
            }

            double labelled = output.At(row, labels[row]) - largest, sum = 0;
            for (int column = 0; column < output.ColumnCount; column++)
            {
                double power = Reproducible.Exp(output.At(row, column) - largest);
                output.At(row, column, power);
                sum += power;
            }

            for (int column = 0; column < output.ColumnCount; column++)
            {
                output.At(row, column, output.At(row, column) / sum);
            }

            losses[row] = Reproducible.Log(sum) - labelled;
        }

        return losses;
    }
}
