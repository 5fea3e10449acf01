using System.Collections;
using System.Numerics;
using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;
using Optim.Lanes;
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
public sealed unsafe class TensorSet<T> : IReadOnlyList<Tensor<T>>, IEquatable<TensorSet<T>>
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

    /// <summary>The sum of two sets, element by element.</summary>
    /// <param name="left">A set.</param>
    /// <param name="right">A set of an equal layout.</param>
    public static TensorSet<T> operator +(TensorSet<T> left, TensorSet<T> right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Add(right);
    }

    /// <summary>The difference of two sets, element by element.</summary>
    /// <param name="left">A set.</param>
    /// <param name="right">A set of an equal layout.</param>
    public static TensorSet<T> operator -(TensorSet<T> left, TensorSet<T> right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Subtract(right);
    }

    /// <summary>A multiple of a set.</summary>
    /// <param name="factor">The factor.</param>
    /// <param name="set">The set.</param>
    public static TensorSet<T> operator *(T factor, TensorSet<T> set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return set.Scale(factor);
    }

    /// <summary>The sum with another set, element by element.</summary>
    /// <param name="other">A set of an equal layout.</param>
    /// <exception cref="ArgumentException">The layouts differ.</exception>
    public TensorSet<T> Add(TensorSet<T> other) => Combine(default(Sum<T>), other);

    /// <summary>The difference from another set, element by element.</summary>
    /// <param name="other">A set of an equal layout; subtracted.</param>
    /// <exception cref="ArgumentException">The layouts differ.</exception>
    public TensorSet<T> Subtract(TensorSet<T> other) => Combine(default(Difference<T>), other);

    /// <summary>Every element times a factor.</summary>
    /// <param name="factor">The factor.</param>
    public TensorSet<T> Scale(T factor) => Combine(new Multiple<T>(factor), this);

    /// <summary>Applies a function to every element.</summary>
    /// <param name="function">From an old element to the new one.</param>
    public TensorSet<T> Map(Func<T, T> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        var result = TensorSet.Uninitialized<T>(Layout);
        var reading = Storage.Read();
        var source = Span;
        var target = result.Writable;
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = function(source[i]);
        }

        reading.End();
        return result;
    }

    /// <summary>Applies a function to pairs of elements of two sets.</summary>
    /// <param name="other">A set of an equal layout.</param>
    /// <param name="function">From an element of this set and one of the other to an element of the result.</param>
    /// <exception cref="ArgumentException">The layouts differ.</exception>
    public TensorSet<T> Zip(TensorSet<T> other, Func<T, T, T> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        RequireSameLayout(other);
        var result = TensorSet.Uninitialized<T>(Layout);
        var (ours, theirs) = (Storage.Read(), other.Storage.Read());
        ReadOnlySpan<T> left = Span, right = other.Span;
        var target = result.Writable;
        for (int i = 0; i < left.Length; i++)
        {
            target[i] = function(left[i], right[i]);
        }

        ours.End();
        theirs.End();
        return result;
    }

    /// <summary>The dot product over all elements, accumulated in double with the same bits on every machine.</summary>
    /// <param name="other">A set of an equal layout.</param>
    /// <exception cref="ArgumentException">The layouts differ.</exception>
    public double Dot(TensorSet<T> other)
    {
        RequireSameLayout(other);
        var (ours, theirs) = (Storage.Read(), other.Storage.Read());
        double result;
        fixed (T* x = Span, y = other.Span)
        {
            result = Reduction.Run(default(SumOfProducts), new Operands<T>(x, y), Length);
        }

        ours.End();
        theirs.End();
        return result;
    }

    /// <summary>The Euclidean norm over all elements, accumulated in double with the same bits on every machine; it overflows only if the norm itself does.</summary>
    public double Norm()
    {
        var reading = Storage.Read();
        double result;
        fixed (T* x = Span)
        {
            result = Norms.Euclidean(x, Length);
        }

        reading.End();
        return result;
    }

    /// <summary>Whether no element is NaN or infinite.</summary>
    public bool IsFinite
    {
        get
        {
            var reading = Storage.Read();
            bool result = AllFinite(Span);
            reading.End();
            return result;
        }
    }

    /// <summary>The n-norm over all elements, as used by <see cref="ClipByGlobalNorm"/>: <c>(sum |x|^n)^(1/n)</c>, the largest <c>|x|</c> for infinity.</summary>
    /// <remarks>Accumulated in double, tensor after tensor, with the same bits on every machine; it overflows only if the norm itself does.</remarks>
    /// <param name="order">n: an integer from 1 to 64, or infinity.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is not supported.</exception>
    public double Norm(double order)
    {
        GlobalNorm.CheckType(order);
        var reading = Storage.Read();
        double result;
        fixed (T* x = Span)
        {
            result = GlobalNorm.Of(x, Layout, order, threads: 1);
        }

        reading.End();
        return result;
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

    private static bool AllFinite(ReadOnlySpan<T> span)
    {
        // x - x is 0 where x is finite, and NaN elsewhere.
        int i = 0;
        for (; i <= span.Length - System.Numerics.Vector<T>.Count; i += System.Numerics.Vector<T>.Count)
        {
            var x = new System.Numerics.Vector<T>(span[i..]);
            if (!System.Numerics.Vector.EqualsAll(x - x, System.Numerics.Vector<T>.Zero))
            {
                return false;
            }
        }

        for (; i < span.Length; i++)
        {
            if (!T.IsFinite(span[i]))
            {
                return false;
            }
        }

        return true;
    }

    private TensorSet<T> Combine<F>(F function, TensorSet<T> other)
        where F : struct, IBinary<T>
    {
        RequireSameLayout(other);
        var result = TensorSet.Uninitialized<T>(Layout);
        var (ours, theirs) = (Storage.Read(), other.Storage.Read());
        fixed (T* x = Span, y = other.Span, z = result.Writable)
        {
            Elementwise<T, F>.Run(function, x, y, z, Length);
        }

        ours.End();
        theirs.End();
        return result;
    }

    private bool HasBitsOf(TensorSet<T> other)
    {
        var (ours, theirs) = (Storage.Read(), other.Storage.Read());
        bool result = MemoryMarshal.AsBytes(Span).SequenceEqual(MemoryMarshal.AsBytes(other.Span));
        ours.End();
        theirs.End();
        return result;
    }

    private void RequireSameLayout(TensorSet<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!Layout.Equals(other.Layout))
        {
            throw new ArgumentException(
                $"Both sets must have the same layout; {Layout.Difference(Layout, "the left set", other.Layout, "the right set")}.", nameof(other));
        }
    }
}
