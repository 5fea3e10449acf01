using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>An image as a vector: every number a feature of its own. Nothing moves in memory.</summary>
internal sealed class Flatten<T>(ImageShape input) : Layer<T>(input, ImageShape.Vector(input.Length))
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Description => "";

    /// <inheritdoc/>
    public override (T[] Output, Pullback<T> Pullback) Forward(T[] input, Pass<T> pass) => (input, gradient => gradient);
}
