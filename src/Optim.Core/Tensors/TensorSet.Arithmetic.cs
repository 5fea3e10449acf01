using System.Numerics;
using Optim.Lanes;
using Optim.Tensors;

namespace Optim;

/// <content>Arithmetic: element by element, sums and norms.</content>
public sealed unsafe partial class TensorSet<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
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
