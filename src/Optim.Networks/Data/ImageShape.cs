using System.Globalization;

namespace Optim.Networks;

/// <summary>The shape of an image, or of what a layer makes of one: a vector is an image of one pixel with many channels.</summary>
/// <remarks>Stored pixel by pixel, row after row, the channels of a pixel side by side: what is done to every channel is done to whole vectors.</remarks>
/// <param name="Channels">Numbers a pixel.</param>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Pixels a row.</param>
public sealed record ImageShape(int Channels, int Height, int Width)
{
    /// <summary>Pixels in all.</summary>
    public int Pixels => Height * Width;

    /// <summary>Numbers in all.</summary>
    public int Length => Channels * Height * Width;

    /// <summary>The shape of a vector.</summary>
    /// <param name="length">Numbers in all.</param>
    public static ImageShape Vector(int length) => new(length, 1, 1);

    /// <summary>Height x width x channels, as <c>28x28x1</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}x{Channels}");
}
