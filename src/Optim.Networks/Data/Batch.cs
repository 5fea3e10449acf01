using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace Optim.Networks;

/// <summary>A batch of numeric examples with their class labels.</summary>
/// <remarks>Immutable. <see cref="Batch.Of{T}"/> creates one from a MathNet matrix, <see cref="Examples.Batch{T}"/> from images.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Batch<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] inputs;
    private readonly int[] labels;
    private readonly T[] targets;

    /// <summary>Takes ownership of the arrays, which must not change afterwards.</summary>
    internal Batch(T[] inputs, int[] labels, T[]? targets = null)
    {
        (this.inputs, this.labels, this.targets) = (inputs, labels, targets ?? []);
    }

    /// <summary>The number of examples.</summary>
    public int Count => labels.Length;

    /// <summary>The examples, one after another; images in row-major order with interleaved channels.</summary>
    public ReadOnlySpan<T> Inputs => inputs;

    /// <summary>The class of each example, from 0; 0 for examples that have a number instead.</summary>
    public ReadOnlySpan<int> Labels => labels;

    /// <summary>The number to predict for each example; empty for examples that have a class.</summary>
    public ReadOnlySpan<T> Targets => targets;
}

/// <summary>Creates batches from an application's own data.</summary>
public static class Batch
{
    /// <summary>A batch from the rows of a matrix, each with a number to predict, for <see cref="SquaredError"/>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="inputs">One example per row; copied.</param>
    /// <param name="targets">The number of each row; copied.</param>
    /// <exception cref="ArgumentException">The number of targets is not that of the rows.</exception>
    public static Batch<T> OfTargets<T>(Matrix<T> inputs, IReadOnlyList<T> targets)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        return targets.Count == inputs.RowCount
            ? new(inputs.ToRowMajorArray(), new int[targets.Count], [.. targets])
            : throw new ArgumentException(
                FormattableString.Invariant($"{nameof(targets)} must hold a number for each of the {inputs.RowCount} rows of {nameof(inputs)}, held {targets.Count}."), nameof(targets));
    }

    /// <summary>A batch from the rows of a matrix.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="inputs">One example per row; copied.</param>
    /// <param name="labels">The class of each row, from 0; copied.</param>
    /// <exception cref="ArgumentException">The number of labels is not that of the rows, or a label is negative.</exception>
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
