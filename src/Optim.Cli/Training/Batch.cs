using System.Numerics;

namespace Optim.Cli.Training;

/// <summary>Images as numbers, with their classes.</summary>
/// <remarks>Takes the arrays, which nobody changes from now on.</remarks>
/// <param name="pixels">Image after image.</param>
/// <param name="labels">The class of each image, from 0.</param>
internal sealed class Batch<T>(T[] pixels, int[] labels)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number of images.</summary>
    public int Count => labels.Length;

    /// <summary>Image after image.</summary>
    public ReadOnlySpan<T> Pixels => pixels;

    /// <summary>The class of each image.</summary>
    public ReadOnlySpan<int> Labels => labels;
}
