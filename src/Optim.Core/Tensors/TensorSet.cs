using System.Collections;
using System.Numerics;
using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;
using Optim.Tensors;

namespace Optim;

/// <summary>
/// Named tensors in one flat, contiguous, immutable buffer, used for parameters, gradients and slots.
/// </summary>
/// <remarks>
/// Created by <see cref="TensorSet"/>. Enumerates the tensors in layout order. Thread-safe.
/// Equality is by value: equal layouts, and the same bits in every element (a NaN equals itself, 0 differs from -0).
/// Accessing a set of a donated <see cref="OptimizerState{T}"/> throws an <see cref="InvalidOperationException"/>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe partial class TensorSet<T> : IReadOnlyList<Tensor<T>>, IEquatable<TensorSet<T>>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int origin;

    internal TensorSet(Layout layout, Storage<T> storage, int origin)
    {
        Layout = layout;
        Storage = storage;
        this.origin = origin;
    }

    /// <summary>The tensors' names, shapes and offsets.</summary>
    public Layout Layout { get; }

    /// <summary>The number of tensors.</summary>
    public int Count => Layout.Count;

    /// <summary>The total number of elements.</summary>
    public int Length => Layout.Length;

    /// <summary>All elements, tensor after tensor, each row-major.</summary>
    public ReadOnlySpan<T> Span => Storage.Array.AsSpan(origin, Length);

    internal Storage<T> Storage { get; }

    /// <summary>The tensor at a position.</summary>
    /// <param name="index">The position, from 0.</param>
    public Tensor<T> this[int index] => new(Layout[index], Storage, origin + Layout.OffsetOf(index));

    /// <summary>The tensor with a given name.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    public Tensor<T> this[string name]
    {
        get
        {
            int index = Layout.IndexOf(name);
            return index >= 0 ? this[index] : throw new KeyNotFoundException($"There is no tensor '{name}'; there are: {Layout}.");
        }
    }

    /// <summary>A copy of all elements, tensor after tensor, each row-major.</summary>
    public T[] ToArray()
    {
        var reading = Storage.Read();
        T[] copy = Span.ToArray();
        reading.End();
        return copy;
    }

    /// <summary>A copy of all elements as one MathNet vector.</summary>
    public MathNet.Numerics.LinearAlgebra.Vector<T> ToVector() =>
        MathNet.Numerics.LinearAlgebra.Vector<T>.Build.DenseOfArray(ToArray());

    /// <summary>A deep copy, which outlives the donation of the state this set belongs to.</summary>
    public TensorSet<T> Copy()
    {
        var reading = Storage.Read();
        var copy = TensorSet.OfValues(Layout, Span);
        reading.End();
        return copy;
    }

    /// <inheritdoc/>
    public IEnumerator<Tensor<T>> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(TensorSet<T>? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Layout.Equals(other.Layout) && HasBitsOf(other));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorSet<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Layout);
        var reading = Storage.Read();
        hash.AddBytes(MemoryMarshal.AsBytes(Span));
        reading.End();
        return hash.ToHashCode();
    }

    /// <summary>The tensors with their first elements.</summary>
    public override string ToString() => Storage.Revoked ? "TensorSet (donated)" : TensorText.Set(this);

    /// <summary>The elements of a set not yet shared.</summary>
    internal Span<T> Writable => Storage.Array.AsSpan(origin, Length);

    internal int Origin => origin;

    private bool HasBitsOf(TensorSet<T> other)
    {
        var (ours, theirs) = (Storage.Read(), other.Storage.Read());
        bool result = MemoryMarshal.AsBytes(Span).SequenceEqual(MemoryMarshal.AsBytes(other.Span));
        ours.End();
        theirs.End();
        return result;
    }
}
