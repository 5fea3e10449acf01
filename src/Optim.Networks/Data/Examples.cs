using System.Numerics;

namespace Optim.Networks;

/// <summary>Labelled images, kept as the bytes they came as.</summary>
/// <remarks>Immutable; safe to share between threads.</remarks>
public sealed class Examples : IEquatable<Examples>
{
    private readonly byte[] pixels;
    private readonly byte[] labels;
    private readonly byte white;

    /// <summary>Takes the arrays, which nobody may change from now on.</summary>
    /// <param name="shape">The shape of each image.</param>
    /// <param name="pixels">Image after image, row after row, the channels of a pixel side by side.</param>
    /// <param name="labels">The class of each image, from 0.</param>
    /// <param name="white">The byte that stands for 1; 1 or more. Default 255.</param>
    /// <exception cref="ArgumentException">There are not as many pixels as the shape and the labels say.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="white"/> is 0.</exception>
    public Examples(ImageShape shape, byte[] pixels, byte[] labels, byte white = byte.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfZero(white);
        if (pixels.Length != (long)shape.Length * labels.Length)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"pixels must hold {labels.Length} images of {shape}, was {pixels.Length} bytes."), nameof(pixels));
        }

        Shape = shape;
        this.pixels = pixels;
        this.labels = labels;
        this.white = white;
    }

    /// <summary>The shape of each image.</summary>
    public ImageShape Shape { get; }

    /// <summary>The number of images.</summary>
    public int Count => labels.Length;

    /// <summary>The class of each image.</summary>
    public ReadOnlySpan<byte> Labels => labels;

    /// <summary>An image's bytes.</summary>
    /// <param name="index">Which image, from 0.</param>
    public ReadOnlySpan<byte> Image(int index) => pixels.AsSpan(index * Shape.Length, Shape.Length);

    /// <summary>Some of the images, in the order given.</summary>
    /// <param name="rows">Which, from 0; an image may be taken more than once.</param>
    public Examples Pick(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var picked = new byte[rows.Count * Shape.Length];
        var classes = new byte[rows.Count];
        for (int i = 0; i < rows.Count; i++)
        {
            Image(rows[i]).CopyTo(picked.AsSpan(i * Shape.Length));
            classes[i] = labels[rows[i]];
        }

        return new(Shape, picked, classes, white);
    }

    /// <summary>Some of the images as numbers in [0, 1], in the order given.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rows">Which, from 0: a batch of a <c>BatchLoader&lt;int&gt;</c>.</param>
    public Batch<T> Batch<T>(IReadOnlyList<int> rows)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rows);
        Span<T> greys = stackalloc T[256];
        for (int i = 0; i < greys.Length; i++)
        {
            greys[i] = T.CreateTruncating(i) / T.CreateTruncating(white);
        }

        var numbers = GC.AllocateUninitializedArray<T>(rows.Count * Shape.Length);
        var classes = new int[rows.Count];
        for (int i = 0; i < rows.Count; i++)
        {
            classes[i] = labels[rows[i]];
            var image = Image(rows[i]);
            var target = numbers.AsSpan(i * image.Length, image.Length);
            for (int j = 0; j < image.Length; j++)
            {
                target[j] = greys[image[j]];
            }
        }

        return new(numbers, classes);
    }

    /// <summary>Whether both have the same images with the same labels.</summary>
    /// <param name="other">Others.</param>
    public bool Equals(Examples? other) => ReferenceEquals(this, other)
        || (other is not null && Shape == other.Shape && white == other.white && labels.AsSpan().SequenceEqual(other.labels) && pixels.AsSpan().SequenceEqual(other.pixels));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Examples);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        // Of the labels alone: images are many, and those with equal labels seldom differ.
        var hash = default(HashCode);
        hash.Add(Shape);
        hash.AddBytes(labels);
        return hash.ToHashCode();
    }

    /// <summary>How many images of which shape.</summary>
    public override string ToString() => FormattableString.Invariant($"{Count} images of {Shape}");
}
