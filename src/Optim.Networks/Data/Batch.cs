using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace Optim.Networks;

/// <summary>Some examples as numbers, with their classes: what one step of a training sees.</summary>
/// <remarks>Immutable. <see cref="Batch.Of{T}"/> makes one of a MathNet matrix, <see cref="Examples.Batch{T}"/> one of images.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Batch<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] inputs;
    private readonly int[] labels;

    /// <summary>Takes the arrays, which nobody changes from now on.</summary>
    internal Batch(T[] inputs, int[] labels)
    {
        (this.inputs, this.labels) = (inputs, labels);
    }

    /// <summary>The number of examples.</summary>
    public int Count => labels.Length;

    /// <summary>Example after example; of an image row after row of pixels, the channels of a pixel side by side.</summary>
    public ReadOnlySpan<T> Inputs => inputs;

    /// <summary>The class of each example, from 0.</summary>
    public ReadOnlySpan<int> Labels => labels;
}

/// <summary>Makes batches of an application's own data.</summary>
public static class Batch
{
    /// <summary>A batch of the rows of a matrix.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="inputs">A row an example; copied.</param>
    /// <param name="labels">The class of each row, from 0; copied.</param>
    /// <exception cref="ArgumentException">There are not as many labels as rows, or one is negative.</exception>
    public static Batch<T> Of<T>(Matrix<T> inputs, IReadOnlyList<int> labels)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != inputs.RowCount)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{nameof(labels)} must hold a class for each of the {inputs.RowCount} rows of {nameof(inputs)}, held {labels.Count}."), nameof(labels));
        }

        return labels.All(label => label >= 0)
            ? new(inputs.ToRowMajorArray(), [.. labels])
            : throw new ArgumentException(FormattableString.Invariant($"{nameof(labels)} must be 0 or more, was {labels.Min()}."), nameof(labels));
    }
}
