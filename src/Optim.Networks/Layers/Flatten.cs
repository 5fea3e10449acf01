using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>Flattens an image to a vector of features. No data is moved.</summary>
internal sealed class Flatten<T>(ImageShape input) : Layer<T>(input, ImageShape.Vector(input.Length))
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Description => "";

    /// <inheritdoc/>
    public override (T[] Output, Pullback<T> Pullback) Forward(T[] input, Pass<T> pass) => (input, gradient => gradient);
}
