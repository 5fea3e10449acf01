using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>
/// <c>y = weight (x - mean) / sqrt(variance + 1e-5) + bias</c> (Ioffe and Szegedy 2015), per channel for images and per feature
/// for vectors: with the batch's mean and variance in training, with running statistics in evaluation.
/// </summary>
/// <remarks>
/// PyTorch's definition: the batch is divided by its biased variance, the running variance follows the unbiased one, and both running
/// statistics are updated with momentum 0.1 at each batch.
/// </remarks>
internal sealed class BatchNormalization<T> : Layer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Weight = 0, Bias = 1, Mean = 0, Variance = 1;

    private const double Epsilon = 1e-5, Momentum = 0.1;

    /// <param name="input">The input shape.</param>
    public BatchNormalization(ImageShape input)
        : base(input, input)
    {
        Parameters = [new("weight", input.Channels), new("bias", input.Channels)];
        Statistics = [new("running_mean", input.Channels), new("running_var", input.Channels)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TensorShape> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TensorShape> Statistics { get; }

    /// <inheritdoc/>
    public override string Description => "batch norm";

    private int Channels => Input.Channels;

    /// <inheritdoc/>
    public override void Initialize(int parameter, Span<T> values, SeededRandom random) => values.Fill(parameter == Weight ? T.One : T.Zero);

    /// <inheritdoc/>
    public override void InitializeStatistic(int statistic, Span<T> values) => values.Fill(statistic == Variance ? T.One : T.Zero);

    /// <inheritdoc/>
    public override (T[] Output, Pullback<T> Pullback) Forward(T[] input, Pass<T> pass)
    {
        var moments = pass.Training ? ChannelMoments.Of(input, Channels, pass) : default;
        var mean = pass.Training ? moments.Mean : Widened(pass.Statistics[Mean]);
        var variance = pass.Training ? moments.Variance : Widened(pass.Statistics[Variance]);
        if (pass.Training)
        {
            int count = pass.Count * Input.Pixels;
            double unbiased = (double)count / Math.Max(1, count - 1);
            for (int i = 0; i < Channels; i++)
            {
                pass.NextStatistics[Mean][i] = Moved(pass.Statistics[Mean][i], mean[i]);
                pass.NextStatistics[Variance][i] = Moved(pass.Statistics[Variance][i], unbiased * variance[i]);
            }
        }

        var centre = Narrowed(mean);
        var inverse = Narrowed([.. variance.Select(x => 1 / Math.Sqrt(x + Epsilon))]);
        var scale = Products(inverse, pass.Parameters[Weight]);
        var output = pass.Workspace.Take(input.Length);
        pass.SplitRows(Channels, input.Length, (from, length) =>
            ChannelRows.ShiftAndScale(input.AsSpan(from, length), centre, scale, pass.Parameters[Bias], output.AsSpan(from, length)));
        return (output, gradient => Backward(input, gradient, centre, inverse, pass));

        static T Moved(T running, double observed) =>
            T.CreateTruncating(((1 - Momentum) * double.CreateTruncating(running)) + (Momentum * observed));
    }

    /// <summary><c>dx = weight / sd (dy - mean(dy) - xhat mean(dy xhat))</c>: the batch's mean and variance move with each x.</summary>
    private T[] Backward(T[] input, T[] gradient, T[] centre, T[] inverse, Pass<T> pass)
    {
        var (bias, weight) = ChannelMoments.Products(input, gradient, centre, inverse, pass);
        Narrowed(bias).CopyTo(pass.Gradients[Bias], 0);
        Narrowed(weight).CopyTo(pass.Gradients[Weight], 0);

        // In evaluation the mean and the variance are constants.
        double count = pass.Training ? (double)pass.Count * Input.Pixels : double.PositiveInfinity;
        var scale = Products(inverse, pass.Parameters[Weight]);
        var level = Narrowed([.. bias.Select(x => x / count)]);
        var slope = Products(inverse, Narrowed([.. weight.Select(x => x / count)]));
        pass.SplitRows(Channels, input.Length, (from, length) =>
            ChannelRows.Detrend(gradient.AsSpan(from, length), input.AsSpan(from, length), centre, slope, level, scale));
        return gradient;
    }

    private static double[] Widened(T[] values) => [.. values.Select(x => double.CreateTruncating(x))];

    private static T[] Narrowed(double[] values) => [.. values.Select(x => T.CreateTruncating(x))];

    private static T[] Products(T[] left, T[] right) => [.. left.Zip(right, (x, y) => x * y)];
}
