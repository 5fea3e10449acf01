using TorchSharp;

namespace Optim.TorchSharp;

/// <summary>TorchSharp's types of elements and ours.</summary>
internal static class ElementTypes
{
    public static torch.ScalarType Of<T>() => typeof(T) == typeof(double) ? torch.ScalarType.Float64 : torch.ScalarType.Float32;

    /// <summary>Whether the elements can be worked on where they lie.</summary>
    public static bool LiesHere<T>(torch.Tensor tensor) => tensor.device_type == DeviceType.CPU && tensor.dtype == Of<T>() && tensor.is_contiguous();

    /// <exception cref="ArgumentException">The parameter's elements are not real numbers with a fraction.</exception>
    public static void RequireFloatingPoint(string name, torch.Tensor tensor)
    {
        if (!tensor.is_floating_point())
        {
            throw new ArgumentException($"Parameter '{name}' must have elements of a floating-point type, was {tensor.dtype}.", nameof(tensor));
        }
    }

    public static TensorShape ShapeOf(string name, torch.Tensor tensor) => new(name, [.. tensor.shape.Select(size => checked((int)size))]);
}
