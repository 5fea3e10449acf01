using System.Numerics;

namespace Optim.Networks;

/// <summary>Labelled images, stored as bytes; or rows of numbers, each with a class or with a number to predict.</summary>
/// <remarks>Immutable; thread-safe.</remarks>
public sealed class Examples : IEquatable<Examples>
{
    private readonly byte[] pixels;
    private readonly byte[] labels;
    private readonly byte white = byte.MaxValue;

    // Rows of numbers have no bytes.
    private readonly double[]? numbers;
    private readonly double[] targets = [];

    private Examples(int features, double[] numbers, byte[] labels, double[] targets)
    {
        if (numbers.Length != (long)features * labels.Length)
        {
            throw new ArgumentException(FormattableString.Invariant($"values must hold {labels.Length} rows of {features} numbers, was {numbers.Length} numbers."), nameof(numbers));
        }

        Shape = ImageShape.Vector(features);
        (this.numbers, this.labels, this.targets, pixels) = (numbers, labels, targets, []);
    }

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

    /// <summary>The shape of each image; <see cref="ImageShape.Vector"/> for a row of numbers.</summary>
    public ImageShape Shape { get; }

    /// <summary>The number of examples.</summary>
    public int Count => labels.Length;

    /// <summary>The class of each example; 0 where it has a number instead.</summary>
    public ReadOnlySpan<byte> Labels => labels;

    /// <summary>The number to predict for each example; empty where each has a class.</summary>
    public ReadOnlySpan<double> Targets => targets;

    /// <summary>Whether the examples are rows of numbers, not images.</summary>
    public bool IsNumbers => numbers is not null;

    /// <summary>Rows of numbers, each with a class. Takes ownership of the arrays, which must not change afterwards.</summary>
    /// <param name="features">The numbers of a row, 1 or more.</param>
    /// <param name="values">The rows, one after another.</param>
    /// <param name="labels">The class of each row, from 0.</param>
    /// <exception cref="ArgumentException">There are not as many numbers as the rows need.</exception>
    public static Examples OfLabels(int features, double[] values, byte[] labels)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(labels);
        return new(features, values, labels, []);
    }

    /// <summary>Rows of numbers, each with a number to predict. Takes ownership of the arrays, which must not change afterwards.</summary>
    /// <param name="features">The numbers of a row, 1 or more.</param>
    /// <param name="values">The rows, one after another.</param>
    /// <param name="targets">The number to predict for each row.</param>
    /// <exception cref="ArgumentException">There are not as many numbers as the rows need.</exception>
    public static Examples OfTargets(int features, double[] values, double[] targets)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(targets);
        return new(features, values, new byte[targets.Length], targets);
    }

    /// <summary>An image's bytes.</summary>
    /// <param name="index">The image's index, from 0.</param>
    /// <exception cref="InvalidOperationException">The examples are rows of numbers.</exception>
    public ReadOnlySpan<byte> Image(int index) => numbers is null
        ? pixels.AsSpan(index * Shape.Length, Shape.Length)
        : throw new InvalidOperationException("The examples are rows of numbers, not images.");

    /// <summary>A row's numbers.</summary>
    /// <param name="index">The row's index, from 0.</param>
    /// <exception cref="InvalidOperationException">The examples are images.</exception>
    public ReadOnlySpan<double> Row(int index) => numbers is not null
        ? numbers.AsSpan(index * Shape.Length, Shape.Length)
        : throw new InvalidOperationException("The examples are images, not rows of numbers.");

    /// <summary>A subset of the examples, in the given order.</summary>
    /// <param name="rows">Indices, from 0; repeats allowed.</param>
    public Examples Pick(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (numbers is not null)
        {
            return new(Shape.Length, [.. rows.SelectMany(row => Row(row).ToArray())], [.. rows.Select(row => labels[row])], targets.Length == 0 ? [] : [.. rows.Select(row => targets[row])]);
        }

        var picked = new byte[rows.Count * Shape.Length];
        var classes = new byte[rows.Count];
        for (int i = 0; i < rows.Count; i++)
        {
            Image(rows[i]).CopyTo(picked.AsSpan(i * Shape.Length));
            classes[i] = labels[rows[i]];
        }

        return new(Shape, picked, classes, white);
    }

    /// <summary>A batch of the examples in the given order; images are scaled to [0, 1].</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rows">Indices, from 0, such as a batch of a <c>BatchLoader&lt;int&gt;</c>.</param>
    public Batch<T> Batch<T>(IReadOnlyList<int> rows)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (numbers is not null)
        {
            return new(
                [.. rows.SelectMany(row => Array.ConvertAll(Row(row).ToArray(), T.CreateTruncating))], [.. rows.Select(row => (int)labels[row])],
                targets.Length == 0 ? null : [.. rows.Select(row => T.CreateTruncating(targets[row]))]);
        }

        Span<T> greys = stackalloc T[256];
        for (int i = 0; i < greys.Length; i++)
        {
            greys[i] = T.CreateTruncating(i) / T.CreateTruncating(white);
        }

        var scaled = GC.AllocateUninitializedArray<T>(rows.Count * Shape.Length);
        var classes = new int[rows.Count];
        for (int i = 0; i < rows.Count; i++)
        {
            classes[i] = labels[rows[i]];
            var image = Image(rows[i]);
            var target = scaled.AsSpan(i * image.Length, image.Length);
            for (int j = 0; j < image.Length; j++)
            {
                target[j] = greys[image[j]];
            }
        }

        return new(scaled, classes);
    }

    /// <summary>Whether both have the same examples.</summary>
    /// <param name="other">Other examples.</param>
    public bool Equals(Examples? other) => ReferenceEquals(this, other)
        || (other is not null && Shape == other.Shape && white == other.white && labels.AsSpan().SequenceEqual(other.labels) && pixels.AsSpan().SequenceEqual(other.pixels)
            && IsNumbers == other.IsNumbers && numbers.AsSpan().SequenceEqual(other.numbers) && targets.AsSpan().SequenceEqual(other.targets));

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

    /// <summary>The number and shape of the examples.</summary>
    public override string ToString() => FormattableString.Invariant($"{Count} {(IsNumbers ? "rows" : "images")} of {Shape}");
}
