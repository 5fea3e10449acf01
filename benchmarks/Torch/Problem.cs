using Optim;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace TorchRace;

/// <summary>Values to begin with, and gradients, which nobody changes.</summary>
internal sealed class Problem
{
    public Problem(IReadOnlyList<int[]> shapes, int seed)
    {
        Layout = Layout.OfSequence(shapes.Select((shape, i) => new TensorShape(FormattableString.Invariant($"t{i}"), shape)));
        manual_seed(seed);
        Values = [.. shapes.Select(shape => rand(Long(shape)) * 2 - 1)];
        Gradients = [.. shapes.Select(shape => randn(Long(shape)) * 0.1)];
    }

    public Layout Layout { get; }

    public Tensor[] Values { get; }

    public Tensor[] Gradients { get; }

    public static Tensor[] Copies(Tensor[] tensors) => [.. tensors.Select(tensor => tensor.clone())];

    public static float[] Flat(Tensor[] tensors) => [.. tensors.SelectMany(tensor => tensor.data<float>().ToArray())];

    public Tensor[] Zeros() => [.. Values.Select(value => zeros_like(value))];

    private static long[] Long(int[] shape) => [.. shape.Select(size => (long)size)];
}
