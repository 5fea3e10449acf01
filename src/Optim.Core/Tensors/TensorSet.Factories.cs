using System.Buffers;
using System.Globalization;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Optim.Tensors;

namespace Optim;

/// <summary>Creates tensor sets. All input is copied, so that it cannot change afterwards.</summary>
public static class TensorSet
{
    /// <summary>One unnamed vector (its name is <c>0</c>).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="vector">The elements.</param>
    public static TensorSet<T> Of<T>(MathNet.Numerics.LinearAlgebra.Vector<T> vector)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(vector);
        return OfValues<T>(Layout.OfVector(vector.Count), vector.AsArray() ?? vector.ToArray());
    }

    /// <summary>One unnamed matrix (its name is <c>0</c>) of shape <c>[rows, columns]</c>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="matrix">The elements.</param>
    public static TensorSet<T> OfMatrix<T>(Matrix<T> matrix)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return OfValues<T>(Layout.Of(new TensorShape("0", matrix.RowCount, matrix.ColumnCount)), matrix.ToRowMajorArray());
    }

    /// <summary>One unnamed vector (its name is <c>0</c>).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="values">The elements.</param>
    public static TensorSet<T> OfArray<T>(T[] values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(values);
        return OfSpan<T>(values);
    }

    /// <summary>One unnamed vector (its name is <c>0</c>).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="values">The elements.</param>
    public static TensorSet<T> OfSpan<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T> => OfValues(Layout.OfVector(values.Length), values);

    /// <summary>Named tensors, in the order given.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <remarks>
    /// Join two sets as <c>TensorSet.OfTensors(set.Concat(more).ToArray())</c>. In a collection expression with several parts, <c>[.. set, .. more]</c>, C# takes <see cref="TensorSet{T}.Length"/>, the
    /// elements, for the number of tensors, and the array that it makes has nulls at its end.
    /// </remarks>
    /// <param name="tensors">The tensors; their names must be unique.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name.</exception>
    /// <exception cref="ArgumentNullException">There are no tensors, or one of them is null.</exception>
    public static TensorSet<T> OfTensors<T>(params Tensor<T>[] tensors)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (Array.IndexOf(tensors, null) is >= 0 and var missing)
        {
            throw new ArgumentNullException(nameof(tensors), FormattableString.Invariant(
                $"{nameof(tensors)} must hold no null, had one at index {missing} of {tensors.Length}; sets are joined by set.Concat(more).ToArray(), not by [.. set, .. more], for which C# takes their elements for their tensors."));
        }

        var layout = Layout.OfSequence(tensors.Select(t => t.Shape));
        var result = Uninitialized<T>(layout);
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i].Span.CopyTo(result.Writable[layout.OffsetOf(i)..]);
        }

        return result;
    }

    /// <summary>Elements with a given layout.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="layout">Names and shapes.</param>
    /// <param name="values">All elements, tensor after tensor, each row-major.</param>
    /// <exception cref="ArgumentException">The number of elements does not match the layout.</exception>
    public static TensorSet<T> OfValues<T>(Layout layout, ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (values.Length != layout.Length)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{nameof(values)} must hold {layout.Length} elements for {layout}, was {values.Length}."),
                nameof(values));
        }

        var result = Uninitialized<T>(layout);
        values.CopyTo(result.Writable);
        return result;
    }

    /// <summary>A set that a function fills where it lies: nothing is copied.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="layout">Names and shapes.</param>
    /// <param name="fill">Writes all elements, tensor after tensor, each row-major, into memory that is all zeros before; called once. It must not keep the span.</param>
    public static TensorSet<T> Create<T>(Layout layout, SpanAction<T, Layout> fill)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(fill);
        var result = Uninitialized<T>(layout);
        result.Writable.Clear();
        fill(result.Writable, layout);
        return result;
    }

    /// <summary>A set filled with one value.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="layout">Names and shapes.</param>
    /// <param name="value">The number.</param>
    public static TensorSet<T> Filled<T>(Layout layout, T value)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(layout);
        var result = Uninitialized<T>(layout);
        result.Writable.Fill(value);
        return result;
    }

    /// <summary>Each element computed from its index.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="layout">Names and shapes.</param>
    /// <param name="function">From the element's flat index, from 0, to its value.</param>
    public static TensorSet<T> Generate<T>(Layout layout, Func<int, T> function)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(function);
        var result = Uninitialized<T>(layout);
        var target = result.Writable;
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = function(i);
        }

        return result;
    }

    internal static TensorSet<T> Uninitialized<T>(Layout layout)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        RequireSupported<T>();
        var storage = Storage<T>.Allocate(layout.Length);
        return new(layout, storage, storage.Origin);
    }

    private static void RequireSupported<T>()
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            throw new NotSupportedException($"T must be float or double, was {typeof(T).Name}.");
        }
    }
}
