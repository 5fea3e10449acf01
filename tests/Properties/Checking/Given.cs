using System.Numerics;

namespace Optim.Properties.Checking;

/// <summary>Small sets to begin a test with.</summary>
internal static class Given
{
    public static Tensor<T> Vector<T>(string name, params T[] values)
        where T : unmanaged, IFloatingPointIeee754<T> => Tensor.OfSpan<T>(new TensorShape(name, values.Length), values);

    public static TensorSet<T> Zeros<T>(Layout layout)
        where T : unmanaged, IFloatingPointIeee754<T> => TensorSet.Filled(layout, T.Zero);
}
