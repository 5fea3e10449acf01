using Optim.Cli.Training;
using Optim.Networks;
using Optim.Networks.Layers;

namespace Optim.Properties.Training;

/// <summary>A layer at some inputs and parameters, and a random direction that makes its outputs one number.</summary>
internal sealed record LayerCase(string Text, Layer<double> Layer, int Count, TensorSet<double> At, double[] Direction, bool Training = true, int Threads = 1)
{
    private const string Input = "input";

    /// <summary>A layer with inputs and parameters within +-1, or inputs of another kind.</summary>
    public static LayerCase Of(Draw draw, Layer<double> layer, int count, Func<double>? input = null, string text = "")
    {
        var layout = Layout.OfSequence([new(Input, count * layer.Input.Length), .. layer.Parameters]);
        var values = layout.SelectMany(shape => draw.Numbers(shape.Length, shape.Name == Input && input is not null ? input : Number)).ToArray();
        return new(
            FormattableString.Invariant($"{layer.Description} {text} on {count} of {layer.Input}"), layer, count,
            TensorSet.OfValues<double>(layout, values), draw.Numbers(count * layer.Output.Length, Number));

        double Number() => draw.Plain() / 10;
    }

    /// <summary>The outputs.</summary>
    public double[] Outputs() => Forward(At).Output.ToArray();

    /// <summary>The statistics after a batch.</summary>
    public double[][] NextStatistics() => Forward(At).Pass.NextStatistics;

    /// <summary>The outputs' product with the direction, and its gradient by inputs and parameters.</summary>
    public Tuple<double, TensorSet<double>> Objective(TensorSet<double> at)
    {
        var (output, pullback, pass) = Forward(at);
        double loss = output.Zip(Direction, (x, y) => x * y).Sum();
        double[] back = pullback([.. Direction]);
        return Tuple.Create(loss, TensorSet.OfValues<double>(at.Layout, [.. back, .. pass.Gradients.SelectMany(x => x)]));
    }

    /// <summary>Whether the gradient is right.</summary>
    public GradientCheck Check() => GradientCheck.Of(Objective, At, tolerance: 1e-5); // 3e-7 was the largest of 1,000 batch normalisations.

    public override string ToString() => Text;

    private (double[] Output, Pullback<double> Pullback, Pass<double> Pass) Forward(TensorSet<double> at)
    {
        var pass = new Pass<double>
        {
            Count = Count,
            Training = Training,
            WantsInputGradient = true,
            Parameters = [.. Layer.Parameters.Select(shape => at[shape.Name].ToArray())],
            Gradients = [.. Layer.Parameters.Select(Stale)],
            Statistics = [.. Layer.Statistics.Select((shape, i) => Enumerable.Range(0, shape.Length).Select(j => 0.5 + i + (0.1 * j)).ToArray())],
            NextStatistics = [.. Layer.Statistics.Select(Stale)],
            Random = new(7, Count),
            Workspace = new(),
            Threads = Threads,
        };
        var (output, pullback) = Layer.Forward(at[Input].ToArray(), pass);
        return (output, pullback, pass);
    }

    /// <summary>Memory is used again: nobody may rely on zeros.</summary>
    private static double[] Stale(TensorShape shape) => [.. Enumerable.Repeat(double.NaN, shape.Length)];
}
