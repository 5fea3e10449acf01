using Optim.Cli.Training;
using Optim.Networks;
using Optim.Networks.Layers;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Training;

/// <summary>What layers compute, against loops written from their definitions.</summary>
public class LayerTests(ITestOutputHelper output)
{
    [Fact]
    public void A_convolution_is_the_sum_over_its_window() => Law.Check(output, Cases.Of(draw =>
    {
        int kernel = draw.Integer(1, 4), stride = draw.Integer(1, 3), padding = draw.Integer(0, 2), least = Math.Max(1, kernel - (2 * padding));
        var shape = new ImageShape(draw.Integer(1, 5), draw.Integer(least, least + 5), draw.Integer(least, least + 5));
        return (Case: LayerCase.Of(draw, new Convolution<double>(shape, draw.Integer(1, 9), kernel, stride, padding), draw.Integer(1, 4)), kernel, stride, padding);
    }), x =>
    {
        var (run, kernel, stride, padding) = x;
        var (shape, to) = (run.Layer.Input, run.Layer.Output);
        Assert.Equal(((shape.Height + (2 * padding) - kernel) / stride) + 1, to.Height);
        double[] outputs = run.Outputs();
        var (input, weight, bias) = (run.At["input"].ToArray(), run.At["weight"].ToArray(), run.At["bias"].ToArray());
        for (int i = 0; i < outputs.Length; i++)
        {
            int channel = i % to.Channels, place = i / to.Channels % to.Pixels, image = i / to.Length;
            double sum = bias[channel];
            for (int k = 0; k < kernel * kernel * shape.Channels; k++)
            {
                int row = (place / to.Width * stride) - padding + (k / shape.Channels / kernel), column = (place % to.Width * stride) - padding + (k / shape.Channels % kernel);
                if (row >= 0 && row < shape.Height && column >= 0 && column < shape.Width)
                {
                    sum += input[(image * shape.Length) + (((row * shape.Width) + column) * shape.Channels) + (k % shape.Channels)] * weight[(k * to.Channels) + channel];
                }
            }

            Assert.Equal(sum, outputs[i], 1e-12);
        }
    });

    [Fact]
    public void Pooling_keeps_the_largest_of_its_window() => Law.Check(output, Cases.Of(draw =>
    {
        int size = draw.Integer(1, 3), stride = draw.Integer(1, 3);
        var shape = new ImageShape(draw.Integer(1, 17), draw.Integer(size, size + 5), draw.Integer(size, size + 5));
        return (Case: LayerCase.Of(draw, new MaxPool<double>(shape, size, stride), draw.Integer(1, 3)), size, stride);
    }), x =>
    {
        var (run, size, stride) = x;
        var (shape, to) = (run.Layer.Input, run.Layer.Output);
        double[] outputs = run.Outputs(), input = run.At["input"].ToArray();
        for (int i = 0; i < outputs.Length; i++)
        {
            int channel = i % to.Channels, place = i / to.Channels % to.Pixels, image = i / to.Length;
            Assert.Equal(
                Enumerable.Range(0, size * size).Max(k => input[(image * shape.Length)
                    + (((((place / to.Width * stride) + (k / size)) * shape.Width) + (place % to.Width * stride) + (k % size)) * shape.Channels) + channel]),
                outputs[i]);
        }
    });

    [Fact]
    public void Of_equal_numbers_in_a_window_the_first_takes_the_gradient()
    {
        var layer = new MaxPool<double>(new(1, 2, 2), 2, 2);
        var run = new LayerCase("", layer, 1, TensorSet.OfValues<double>(Layout.Of(new TensorShape("input", 4)), [1, 3, 3, 3]), [5]);
        Assert.Equal([0, 5, 0, 0], run.Objective(run.At).Item2.ToArray());
    }

    [Fact]
    public void In_training_a_normalised_channel_has_mean_bias_and_variance_weight_squared() => Law.Check(output, Cases.Of(Normalisation), run =>
    {
        double[] outputs = run.Outputs(), input = run.At["input"].ToArray();
        for (int channel = 0; channel < run.Layer.Input.Channels; channel++)
        {
            double[] before = Channel(run, input, channel), after = Channel(run, outputs, channel);
            double variance = Variance(before);
            Assert.Equal(run.At["bias"].Span[channel], after.Average(), 1e-9);
            Assert.Equal(Math.Pow(run.At["weight"].Span[channel], 2) * variance / (variance + 1e-5), Variance(after), 1e-9);
        }
    });

    [Fact]
    public void Running_statistics_move_a_tenth_of_the_way_to_the_batchs_mean_and_unbiased_variance() => Law.Check(output, Cases.Of(Normalisation), run =>
    {
        double[] input = run.At["input"].ToArray();
        double[][] next = run.NextStatistics();
        for (int channel = 0; channel < run.Layer.Input.Channels; channel++)
        {
            double[] values = Channel(run, input, channel);
            Assert.Equal((0.9 * (0.5 + (0.1 * channel))) + (0.1 * values.Average()), next[0][channel], 1e-12);
            Assert.Equal((0.9 * (1.5 + (0.1 * channel))) + (0.1 * Variance(values) * values.Length / (values.Length - 1)), next[1][channel], 1e-12);
        }
    });

    [Fact]
    public void In_evaluation_running_statistics_normalise() => Law.Check(output, Cases.Of(draw => Normalisation(draw) with { Training = false }), run =>
    {
        double[] outputs = run.Outputs(), input = run.At["input"].ToArray();
        for (int i = 0; i < outputs.Length; i++)
        {
            int channel = i % run.Layer.Input.Channels;
            double normal = (input[i] - 0.5 - (0.1 * channel)) / Math.Sqrt(1.5 + (0.1 * channel) + 1e-5);
            Assert.Equal((run.At["weight"].Span[channel] * normal) + run.At["bias"].Span[channel], outputs[i], 1e-12);
        }
    });

    [Fact]
    public void A_small_variance_beside_a_large_mean_is_not_lost()
    {
        const int Count = 5000;
        var random = new SeededRandom(1, 0);
        float[] values = [.. Enumerable.Range(0, Count * 16).Select(_ => 1000 + (float)random.NextDouble())];
        var pass = new Pass<float>
        {
            Count = Count, Training = true, WantsInputGradient = true, Random = random, Workspace = new(), Threads = 1,
            Parameters = [], Gradients = [], Statistics = [], NextStatistics = [],
        };
        Assert.All(ChannelMoments.Of(values, 16, pass).Variance, variance => Assert.Equal(1.0 / 12, variance, 5e-3));
    }

    [Fact]
    public void Dropout_leaves_out_its_share_scales_the_rest_and_does_nothing_in_evaluation()
    {
        var layer = new Dropout<double>(ImageShape.Vector(10_000), 0.25);
        var run = new LayerCase("", layer, 1, TensorSet.Filled(Layout.Of(new TensorShape("input", 10_000)), 3.0), new double[10_000]);
        double[] outputs = run.Outputs();
        Assert.Equal([0, 4], outputs.Distinct().Order());
        Assert.InRange(outputs.Count(x => x == 0), 2350, 2650);
        Assert.Equal(outputs, run.Outputs());
        Assert.All((run with { Training = false }).Outputs(), x => Assert.Equal(3, x));
    }

    [Fact]
    public void The_hinge_counts_every_class_that_comes_within_one_of_the_labels()
    {
        double[] scores = [2, 1.5, 4, 0];
        Assert.Equal(0.5 + 3, new MulticlassHinge<double>(0.1).Differentiate(scores, 0, 0), 1e-15);
        Assert.Equal([-2, 1, 1, 0], scores);
    }

    [Fact]
    public void The_penalty_is_half_the_squared_weights_without_the_biases()
    {
        var model = new Network<double>(ImageShape.Vector(2), new MulticlassHinge(0.1), new Dense(2));
        var examples = new Examples(ImageShape.Vector(2), [0, 0], [1], 255);
        var parameters = TensorSet.OfValues<double>(model.Layout, [1, 2, 3, 4, 0, 5]);
        Assert.Equal(0.1 / 2 * 30, model.Evaluate(parameters, model.InitialStatistics, examples).Loss, 1e-15);
    }

    [Fact]
    public void Nothing_rectified_or_pooled_hides_a_number_that_is_none()
    {
        foreach (Layer<double> layer in (Layer<double>[])[new Relu<double>(new(8, 2, 2)), new MaxPool<double>(new(8, 2, 2), 2, 2), new Relu<double>(new(3, 2, 2)), new MaxPool<double>(new(3, 2, 2), 2, 2)])
        {
            for (int at = 0; at < layer.Input.Length; at++)
            {
                double[] values = new double[layer.Input.Length];
                values[at] = double.NaN;
                var run = new LayerCase("", layer, 1, TensorSet.OfValues<double>(Layout.Of(new TensorShape("input", values.Length)), values), []);
                Assert.Contains(double.NaN, run.Outputs());
            }
        }
    }

    [Fact]
    public void A_window_larger_than_the_image_is_refused()
    {
        Refused.With<ArgumentException>("Images must have 3 or more pixels a side where a window of 5x5 slides over them, had 2.", () => new Convolution<float>(new(1, 2, 2), 4, 5, padding: 1));
        Refused.With<ArgumentException>("Images must have 2 or more pixels a side where a window of 2x2 slides over them, had 1.", () => Models.Cnn<float>(new(1, 3, 3), 10));
    }

    private static LayerCase Normalisation(Draw draw) => LayerCase.Of(
        draw, new BatchNormalization<double>(draw.Coin() ? new(draw.Integer(1, 20), draw.Integer(1, 4), draw.Integer(1, 4)) : ImageShape.Vector(draw.Integer(1, 30))), draw.Integer(2, 40));

    private static double[] Channel(LayerCase run, double[] values, int channel) => [.. values.Where((_, i) => i % run.Layer.Input.Channels == channel)];

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Average(x => (x - mean) * (x - mean));
    }
}
