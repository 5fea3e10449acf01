using MathNet.Numerics.LinearAlgebra;

namespace Optim;

/// <summary>The numbers of one tensor at a step of a <see cref="TensorRule"/>, in double whatever the parameters' precision. Immutable.</summary>
/// <remarks>
/// Operators and functions work element by element, each rounded separately; two operands must have one shape. Sums run in the order of the elements, so that they have the same bits on every machine. Compared by
/// value: shape and the bits of every element.
/// </remarks>
public sealed class TensorValues : IEquatable<TensorValues>
{
    private readonly double[] values;
    private readonly int[] dimensions;

    internal TensorValues(double[] values, int[] dimensions)
    {
        this.values = values;
        this.dimensions = dimensions;
    }

    /// <summary>The dimensions; none of a tensor with one element and no axis.</summary>
    public IReadOnlyList<int> Dimensions => dimensions.AsReadOnly();

    /// <summary>The number of dimensions.</summary>
    public int Rank => dimensions.Length;

    /// <summary>The number of elements.</summary>
    public int Length => values.Length;

    /// <summary>The elements, row-major.</summary>
    public ReadOnlySpan<double> Span => values;

    /// <summary>The Euclidean norm. It overflows or vanishes only where the result does.</summary>
    public unsafe double Norm
    {
        get
        {
            fixed (double* x = values)
            {
                return Tensors.GlobalNorm.Of(x, values.Length, 2, 1);
            }
        }
    }

    /// <summary>The largest absolute value; 0 without elements, NaN where there is one.</summary>
    public unsafe double MaxNorm
    {
        get
        {
            fixed (double* x = values)
            {
                return Tensors.GlobalNorm.Of(x, values.Length, double.PositiveInfinity, 1);
            }
        }
    }

    /// <summary>The root of the mean square, <c>|x| / sqrt(n)</c>; 0 without elements. It overflows only where the result does.</summary>
    public double Rms => Length == 0 ? 0
        : Norm is var norm && double.IsFinite(norm) ? norm / Math.Sqrt(Length)
        : MaxNorm is var largest && double.IsFinite(largest) ? (this / largest).Norm / Math.Sqrt(Length) * largest
        : norm;

    /// <summary>The sum, in the order of the elements.</summary>
    public double Sum => SumOf(values, 1);

    /// <summary>The mean; 0 without elements. It overflows only where the result does.</summary>
    public double Mean => Length == 0 ? 0
        : Sum is var sum && double.IsFinite(sum) ? sum / Length : SumOf(values, Length);

    /// <summary>An element, row-major.</summary>
    /// <param name="index">Its position, from 0.</param>
    public double this[int index] => values[index];

    /// <summary>A vector's elements, of shape <c>[length]</c>.</summary>
    /// <param name="vector">The elements; copied.</param>
    public static TensorValues Of(MathNet.Numerics.LinearAlgebra.Vector<double> vector)
    {
        ArgumentNullException.ThrowIfNull(vector);
        return new(vector.ToArray(), [vector.Count]);
    }

    /// <summary>A matrix's elements, of shape <c>[rows, columns]</c>.</summary>
    /// <param name="matrix">The elements; copied.</param>
    public static TensorValues Of(Matrix<double> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return new(matrix.ToRowMajorArray(), [matrix.RowCount, matrix.ColumnCount]);
    }

    /// <summary>The sums.</summary>
    /// <param name="left">The tensor on the left.</param>
    /// <param name="right">The tensor on the right.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static TensorValues operator +(TensorValues left, TensorValues right) => Zip(left, right, "+", (x, y) => x + y);

    /// <summary>The sums with a number.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static TensorValues operator +(TensorValues left, double right) => Each(left, x => x + right);

    /// <summary>The sums with a number.</summary>
    /// <param name="left">The number.</param>
    /// <param name="right">The tensor.</param>
    public static TensorValues operator +(double left, TensorValues right) => Each(right, x => left + x);

    /// <summary>The differences.</summary>
    /// <param name="left">The tensor on the left.</param>
    /// <param name="right">The tensor on the right.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static TensorValues operator -(TensorValues left, TensorValues right) => Zip(left, right, "-", (x, y) => x - y);

    /// <summary>The differences with a number.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static TensorValues operator -(TensorValues left, double right) => Each(left, x => x - right);

    /// <summary>The differences with a number.</summary>
    /// <param name="left">The number.</param>
    /// <param name="right">The tensor.</param>
    public static TensorValues operator -(double left, TensorValues right) => Each(right, x => left - x);

    /// <summary>The products, element by element.</summary>
    /// <param name="left">The tensor on the left.</param>
    /// <param name="right">The tensor on the right.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static TensorValues operator *(TensorValues left, TensorValues right) => Zip(left, right, "*", (x, y) => x * y);

    /// <summary>The products with a number.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static TensorValues operator *(TensorValues left, double right) => Each(left, x => x * right);

    /// <summary>The products with a number.</summary>
    /// <param name="left">The number.</param>
    /// <param name="right">The tensor.</param>
    public static TensorValues operator *(double left, TensorValues right) => Each(right, x => left * x);

    /// <summary>The quotients, element by element.</summary>
    /// <param name="left">The tensor on the left.</param>
    /// <param name="right">The tensor on the right.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static TensorValues operator /(TensorValues left, TensorValues right) => Zip(left, right, "/", (x, y) => x / y);

    /// <summary>The quotients by a number.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static TensorValues operator /(TensorValues left, double right) => Each(left, x => x / right);

    /// <summary>A number's quotients by the elements.</summary>
    /// <param name="left">The number.</param>
    /// <param name="right">The tensor.</param>
    public static TensorValues operator /(double left, TensorValues right) => Each(right, x => left / x);

    /// <summary>The negatives.</summary>
    /// <param name="values">The tensor.</param>
    public static TensorValues operator -(TensorValues values) => Each(values, x => -x);

    /// <summary>The square roots.</summary>
    /// <param name="values">The tensor.</param>
    public static TensorValues Sqrt(TensorValues values) => Each(values, Math.Sqrt);

    /// <summary>The absolute values.</summary>
    /// <param name="values">The tensor.</param>
    public static TensorValues Abs(TensorValues values) => Each(values, Math.Abs);

    /// <summary>-1, 0 or 1 for each element; a zero keeps its sign and NaN stays NaN.</summary>
    /// <param name="values">The tensor.</param>
    public static TensorValues Sign(TensorValues values) => Each(values, x => x > 0 ? 1 : x < 0 ? -1 : x);

    /// <summary>The larger of two, element by element; NaN where either is.</summary>
    /// <param name="x">A tensor.</param>
    /// <param name="y">A tensor.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static TensorValues Max(TensorValues x, TensorValues y) => Zip(x, y, "Max", Math.Max);

    /// <summary>The smaller of two, element by element; NaN where either is.</summary>
    /// <param name="x">A tensor.</param>
    /// <param name="y">A tensor.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static TensorValues Min(TensorValues x, TensorValues y) => Zip(x, y, "Min", Math.Min);

    /// <summary>A function of each element.</summary>
    /// <param name="function">The function.</param>
    public TensorValues Map(Func<double, double> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return Each(this, function);
    }

    /// <summary>The sum of the products with another tensor, in the order of the elements.</summary>
    /// <param name="other">The other tensor.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public double Dot(TensorValues other) => (this * other).Sum;

    /// <summary>A copy as a MathNet matrix: rows x columns, of a tensor with two dimensions.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have two dimensions.</exception>
    public Matrix<double> ToMatrix() => Rank == 2
        ? Matrix<double>.Build.DenseOfRowMajor(dimensions[0], dimensions[1], values)
        : throw new InvalidOperationException($"A matrix needs two dimensions, the tensor has shape {TensorShape.Text(dimensions)}: ask its {nameof(Rank)} first.");

    /// <summary>A copy as a MathNet vector, whatever the shape, row-major.</summary>
    public MathNet.Numerics.LinearAlgebra.Vector<double> ToVector() => MathNet.Numerics.LinearAlgebra.Vector<double>.Build.DenseOfArray([.. values]);

    /// <inheritdoc/>
    public bool Equals(TensorValues? other) => other is not null && HasShapeOf(other.dimensions)
        && values.AsSpan().SequenceEqual(other.values, BitsComparer.Instance);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorValues);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Length, Rank, Length > 0 ? BitConverter.DoubleToInt64Bits(values[0]) : 0);

    /// <summary>The shape and the first elements.</summary>
    public override string ToString() => $"{TensorShape.Text(dimensions)} = {Tensors.TensorText.Elements<double>(values)}";

    internal bool HasShapeOf(IReadOnlyList<int> other) => dimensions.SequenceEqual(other);

    private static double SumOf(double[] values, double divisor)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value / divisor;
        }

        return sum;
    }

    private static TensorValues Each(TensorValues values, Func<double, double> function)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(Array.ConvertAll(values.values, x => function(x)), values.dimensions);
    }

    private static TensorValues Zip(TensorValues left, TensorValues right, string operation, Func<double, double, double> function)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (!left.HasShapeOf(right.dimensions))
        {
            throw new ArgumentException(
                $"Both sides of {operation} must have one shape, were {TensorShape.Text(left.dimensions)} and {TensorShape.Text(right.dimensions)}.", nameof(right));
        }

        double[] result = new double[left.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = function(left.values[i], right.values[i]);
        }

        return new(result, left.dimensions);
    }

    private sealed class BitsComparer : IEqualityComparer<double>
    {
        public static BitsComparer Instance { get; } = new();

        public bool Equals(double x, double y) => BitConverter.DoubleToInt64Bits(x) == BitConverter.DoubleToInt64Bits(y);

        public int GetHashCode(double value) => BitConverter.DoubleToInt64Bits(value).GetHashCode();
    }
}
