using Optim.Networks;
using Xunit;

namespace Optim.Properties.Training;

/// <summary>A network gives each tensor's gradient away as soon as its backward pass has it: the last layer's first, each once, with the bits of the whole gradient.</summary>
public class TensorGradientTests
{
    public static TheoryData<bool> Losses => [false, true];

    [Theory]
    [MemberData(nameof(Losses))]
    public void Tensors_come_from_the_last_to_the_first_with_the_bits_of_the_gradient(bool penalizes)
    {
        // One loss has a penalty on the weights, which is part of their gradients.
        Loss loss = penalizes ? new MulticlassHinge() : new SoftmaxCrossEntropy();
        var network = new Network<float>(new ImageShape(1, 4, 4), loss, new Convolution(3, 3) { Padding = 1 }, new BatchNormalization(), new Relu(), new Flatten(), new Dense(5), new Relu(), new Dense(3));
        var parameters = network.Initialize(1);
        byte[] pixels = [.. Enumerable.Range(0, 6 * 16).Select(i => (byte)(i * 37))];
        var batch = new Examples(network.Input, pixels, [.. Enumerable.Range(0, 6).Select(i => (byte)(i % 3))], white: byte.MaxValue).Batch<float>([.. Enumerable.Range(0, 6)]);
        var expected = network.Differentiate(parameters, network.InitialStatistics, batch, new SeededRandom(1, 0));
        List<(int Tensor, float[] Gradient)> came = [];
        var derivative = network.Differentiate(parameters, network.InitialStatistics, batch, new SeededRandom(1, 0), (tensor, gradient) => came.Add((tensor, gradient.ToArray())));
        Assert.Equal(expected.Loss, derivative.Loss);
        Assert.Equal(expected.Gradient, derivative.Gradient);
        Assert.Equal(Enumerable.Range(0, network.Layout.Count).Reverse(), came.Select(one => one.Tensor));
        Assert.All(came, one => Assert.Equal(expected.Gradient[one.Tensor].Span.ToArray(), one.Gradient));
    }

    [Fact]
    public void What_the_receiver_throws_is_thrown_and_the_network_goes_on()
    {
        var network = new Network<double>(ImageShape.Vector(2), new SoftmaxCrossEntropy(), new Dense(3), new Relu(), new Dense(2));
        var batch = new Examples(network.Input, [1, 2, 3, 4], [0, 1], white: 4).Batch<double>([0, 1]);
        var parameters = network.Initialize(1);
        var expected = network.LossAndGradient(parameters, batch);
        Assert.Throws<TimeZoneNotFoundException>(() => network.Differentiate(parameters, network.InitialStatistics, batch, new SeededRandom(1, 0), (_, _) => throw new TimeZoneNotFoundException()));
        Assert.Equal(expected, network.LossAndGradient(parameters, batch));
    }
}
