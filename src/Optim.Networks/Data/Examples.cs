using System.Numerics;

namespace Optim.Networks;

/// <summary>Labelled images, stored as bytes.</summary>
/// <remarks>Immutable; thread-safe.</remarks>
public sealed class Examples : IEquatable<Examples>
{
    private readonly byte[] pixels;
    private readonly byte[] labels;
    private readonly byte white;

    /// <summary>Takes ownership of the arrays, which must not change afterwards.</summary>
    /// <param name="shape">The shape of each image.</param>
    /// <param name="pixels">The images, one after another, in row-major order with interleaved channels.</param>
    /// <param name="labels">The class of each image, from 0.</param>
    /// <param name="white">The byte value that maps to 1; 1 or more. Default 255.</param>
    /// <exception cref="ArgumentException">The number of pixels does not match the shape and the labels.</exception>
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
    /// <param name="index">The image's index, from 0.</param>
    public ReadOnlySpan<byte> Image(int index) => pixels.AsSpan(index * Shape.Length, Shape.Length);

    /// <summary>A subset of the images, in the given order.</summary>
    /// <param name="rows">Indices, from 0; repeats allowed.</param>
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

    /// <summary>A batch of the images, scaled to [0, 1], in the given order.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rows">Indices, from 0, such as a batch of a <c>BatchLoader&lt;int&gt;</c>.</param>
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

    /// <summary>Whether both have the same images and labels.</summary>
    /// <param name="other">Other examples.</param>
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

    /// <summary>The number and shape of the images.</summary>
    public override string ToString() => FormattableString.Invariant($"{Count} images of {Shape}");
}
