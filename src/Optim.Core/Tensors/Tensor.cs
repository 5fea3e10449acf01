using System.Numerics;
using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;
using Optim.Tensors;

namespace Optim;

/// <summary>One named tensor: a view of a <see cref="TensorSet{T}"/>, or standalone to build one.</summary>
/// <remarks>Immutable. Elements are row-major. Equality is by value: name, shape and the bits of every element.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Tensor<T> : IEquatable<Tensor<T>>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Storage<T> storage;
    private readonly int origin;

    internal Tensor(TensorShape shape, Storage<T> storage, int origin)
    {
        Shape = shape;
        this.storage = storage;
        this.origin = origin;
    }

    /// <summary>The name and the dimensions.</summary>
    public TensorShape Shape { get; }

    /// <summary>The tensor's name.</summary>
    public string Name => Shape.Name;

    /// <summary>The number of elements.</summary>
    public int Length => Shape.Length;

    /// <summary>The elements, row-major.</summary>
    /// <exception cref="InvalidOperationException">The state that these elements belong to was donated.</exception>
    public ReadOnlySpan<T> Span => storage.Array.AsSpan(origin, Length);

    /// <summary>A copy of the elements, row-major.</summary>
    public T[] ToArray()
    {
        var reading = storage.Read();
        T[] copy = Span.ToArray();
        reading.End();
        return copy;
    }

    /// <summary>A copy of the elements as a MathNet vector, whatever the shape, row-major.</summary>
    public MathNet.Numerics.LinearAlgebra.Vector<T> ToVector() =>
        MathNet.Numerics.LinearAlgebra.Vector<T>.Build.DenseOfArray(ToArray());

    /// <summary>A copy as a MathNet matrix: <c>rows x columns</c>, of a tensor with two dimensions.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have two dimensions.</exception>
    public Matrix<T> ToMatrix() => Shape.Dimensions.Count == 2
        ? Matrix<T>.Build.DenseOfRowMajor(Shape.Dimensions[0], Shape.Dimensions[1], ToArray())
        : throw new InvalidOperationException($"A matrix needs two dimensions, tensor '{Name}' has shape {TensorShape.Text(Shape.Dimensions)}.");

    /// <inheritdoc/>
    public bool Equals(Tensor<T>? other) =>
        other is not null && Shape.Equals(other.Shape) && MemoryMarshal.AsBytes(Span).SequenceEqual(MemoryMarshal.AsBytes(other.Span));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Tensor<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Shape, Length > 0 ? Span[0].GetHashCode() : 0);

    /// <summary>Name, shape and the first elements.</summary>
    public override string ToString() => $"{Shape} = {TensorText.Elements(Span)}";
}

/// <summary>Creates single tensors, from which <see cref="TensorSet"/> creates sets.</summary>
public static class Tensor
{
    /// <summary>A named vector of shape <c>[length]</c>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="name">The tensor's name.</param>
    /// <param name="vector">The elements; copied.</param>
    public static Tensor<T> Of<T>(string name, MathNet.Numerics.LinearAlgebra.Vector<T> vector)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(vector);
        return Copy<T>(new TensorShape(name, vector.Count), vector.AsArray() ?? vector.ToArray());
    }

    /// <summary>A named matrix of shape <c>[rows, columns]</c>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="name">The tensor's name.</param>
    /// <param name="matrix">The elements; copied.</param>
    public static Tensor<T> Of<T>(string name, Matrix<T> matrix)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return Copy<T>(new TensorShape(name, matrix.RowCount, matrix.ColumnCount), matrix.ToRowMajorArray());
    }

    /// <summary>A tensor from its elements, row-major.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="shape">The name and the dimensions.</param>
    /// <param name="values">The elements, as many as the shape holds; copied.</param>
    /// <exception cref="ArgumentException">The number of elements does not match the shape.</exception>
    public static Tensor<T> OfSpan<T>(TensorShape shape, ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(shape);
        return Copy(shape, values);
    }

    /// <summary>A tensor of one element and no dimensions.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="name">The tensor's name.</param>
    /// <param name="value">The element.</param>
    public static Tensor<T> OfScalar<T>(string name, T value)
        where T : unmanaged, IFloatingPointIeee754<T> => Copy(new TensorShape(name), [value]);

    private static Tensor<T> Copy<T>(TensorShape shape, ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var set = TensorSet.OfValues(Layout.Of(shape), values);
        return set[0];
    }
}
