using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Tensors;

namespace Optim.CSharp;

/// <summary>A tensor owned by the application: a name, a shape, its elements and their gradient, both in memory that the application may read and write freely.</summary>
/// <remarks>
/// Row-major. Nothing is copied: an <see cref="InPlaceOptimizer{T}"/> reads <see cref="Gradient"/> and writes <see cref="Values"/> at each step. <c>Parameter.Of("weights", array, 64, 32)</c> infers the type.
/// A scalar has <c>new TensorShape("scale")</c> and one element.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Parameter<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Wraps memory.</summary>
    /// <param name="shape">The name, used by groups, checkpoints and messages, and the size of each dimension.</param>
    /// <param name="values">The elements, as many as the shape holds.</param>
    /// <param name="gradient">The memory of the gradient; as many elements, not overlapping <paramref name="values"/>.</param>
    /// <exception cref="ArgumentException">The lengths do not match the shape, or gradient and values overlap.</exception>
    public Parameter(TensorShape shape, Memory<T> values, Memory<T> gradient)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Shape = shape;
        Require(values.Length, nameof(values));
        Require(gradient.Length, nameof(gradient));
        if (values.Span.Overlaps(gradient.Span))
        {
            throw new ArgumentException($"{nameof(gradient)} of parameter '{Name}' must not share memory with its {nameof(values)}.", nameof(gradient));
        }

        (Values, Gradient) = (values, gradient);

        void Require(int length, string name)
        {
            if (length != shape.Length)
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"{name} of parameter '{shape}' must have as many elements as its shape, {shape.Length}, was {length}."), name);
            }
        }
    }

    /// <summary>The name.</summary>
    public string Name => Shape.Name;

    /// <summary>The name and the size of each dimension.</summary>
    public TensorShape Shape { get; }

    /// <summary>The elements; a step changes them.</summary>
    public Memory<T> Values { get; }

    /// <summary>The gradient, which the application writes before each step.</summary>
    public Memory<T> Gradient { get; }

    /// <summary>Raised by <see cref="CompleteGradient"/>; the sender is the parameter.</summary>
    public event EventHandler? GradientCompleted;

    /// <summary>Sets the gradient to 0.</summary>
    public void ClearGradient() => Gradient.Span.Clear();

    /// <summary>
    /// Says that the objective has written this gradient and does not change it again in this evaluation, as a backward pass may after each layer. A training on several ranks may send it while the other gradients are computed; otherwise it has
    /// no effect, and no objective has to say it. On the thread that called the objective, once in an evaluation.
    /// </summary>
    public void CompleteGradient() => GradientCompleted?.Invoke(this, EventArgs.Empty);

    /// <summary>The name and the shape.</summary>
    public override string ToString() => Shape.ToString();
}

/// <summary>Creates parameters from arrays.</summary>
public static class Parameter
{
    /// <summary>A parameter over an array, with a new gradient, initially 0.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="name">The name; not empty.</param>
    /// <param name="values">The elements; not copied.</param>
    /// <param name="shape">The size of each dimension; none for a vector.</param>
    /// <exception cref="ArgumentException">The name is empty, or the shape does not match.</exception>
    public static Parameter<T> Of<T>(string name, T[] values, params int[] shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(values);
        return Over(name, values, new T[values.Length], shape);
    }

    /// <summary>A parameter with new memory for its elements and their gradient, all 0 at first.</summary>
    /// <remarks>
    /// Where the memory is large, it begins where a step is fastest: on pages, and a multiple of 64 KiB apart from the other. Two large arrays of the application's begin wherever the runtime puts them, which on AMD's
    /// processors may cost a fifth of a step's time, or half of it (see <c>docs/performance.md</c>).
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="name">The name; not empty.</param>
    /// <param name="shape">The size of each dimension; none for a scalar.</param>
    /// <exception cref="ArgumentException">The name is empty, or a size is negative.</exception>
    public static Parameter<T> Allocate<T>(string name, params int[] shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(shape);
        var tensor = new TensorShape(name, shape);
        return new(tensor, Placed<T>(tensor.Length), Placed<T>(tensor.Length));
    }

    /// <summary>A parameter over an array, with an existing array for its gradient.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="name">The name; not empty.</param>
    /// <param name="values">The elements; not copied.</param>
    /// <param name="gradient">The gradient; not copied.</param>
    /// <param name="shape">The size of each dimension; none for a vector.</param>
    /// <exception cref="ArgumentException">The name is empty, or the lengths or the shape do not match.</exception>
    public static Parameter<T> Over<T>(string name, T[] values, T[] gradient, params int[] shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(gradient);
        ArgumentNullException.ThrowIfNull(shape);
        return new(new TensorShape(name, shape.Length == 0 ? [values.Length] : shape), values, gradient);
    }

    private static Memory<T> Placed<T>(int length)
        where T : unmanaged
    {
        const int LargestOrdinaryBytes = 32 * 1024;
        if ((long)length * Unsafe.SizeOf<T>() <= LargestOrdinaryBytes)
        {
            return new T[length];
        }

        T[] array = GC.AllocateArray<T>((int)Math.Min((long)length + Placement.Room<T>(length), Array.MaxLength), pinned: true);
        return array.AsMemory(Placement.Origin(array, length, Placement.Next()), length);
    }
}
