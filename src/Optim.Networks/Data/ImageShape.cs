using System.Globalization;

namespace Optim.Networks;

/// <summary>The shape of an image or a feature map; a vector is an image of one pixel with many channels.</summary>
/// <remarks>Stored row-major with interleaved channels (HWC), so that per-channel operations vectorize.</remarks>
/// <param name="Channels">Channels.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Width">The width in pixels.</param>
public sealed record ImageShape(int Channels, int Height, int Width)
{
    /// <summary>The number of pixels.</summary>
    public int Pixels => Height * Width;

    /// <summary>The total number of values.</summary>
    public int Length => Channels * Height * Width;

    /// <summary>The shape of a vector.</summary>
    /// <param name="length">The total number of values.</param>
    public static ImageShape Vector(int length) => new(length, 1, 1);

    /// <summary>Height x width x channels, as <c>28x28x1</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}x{Channels}");
}
