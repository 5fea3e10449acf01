namespace Optim;

/// <summary>
/// An expression in one element, from which an <see cref="ElementRule"/> is built. It is data, not a number: the arithmetic is done later, for many
/// elements at a time.
/// </summary>
/// <remarks>
/// Operators and functions are those of IEEE 754, correctly rounded, each rounded separately; only <see cref="FusedMultiplyAdd"/> rounds once for two.
/// Constants are rounded once to the element type. Immutable.
/// </remarks>
public sealed class Term
{
    private Term(Operation operation, Term? a = null, Term? b = null, Term? c = null) => (Operation, A, B, C) = (operation, a, b, c);

    internal Operation Operation { get; }

    internal Term? A { get; }

    internal Term? B { get; }

    internal Term? C { get; }

    internal double Number { get; private init; }

    internal int Slot { get; private init; }

    internal static Term Gradient { get; } = new(Operation.Gradient);

    internal static Term Parameter { get; } = new(Operation.Parameter);

    /// <summary>The same number for every element.</summary>
    /// <param name="value">The number.</param>
    public static Term Constant(double value) => new(Operation.Number) { Number = value };

    internal static Term OfSlot(int slot) => new(Operation.ReadSlot) { Slot = slot };

    /// <summary>The sum.</summary>
    /// <param name="left">A term.</param>
    /// <param name="right">A term.</param>
    public static Term operator +(Term left, Term right) => Of(Operation.Add, left, right);

    /// <summary>The sum.</summary>
    /// <param name="left">A term.</param>
    /// <param name="right">A number.</param>
    public static Term operator +(Term left, double right) => left + Constant(right);

    /// <summary>The sum.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">A term.</param>
    public static Term operator +(double left, Term right) => Constant(left) + right;

    /// <summary>The difference.</summary>
    /// <param name="left">A term.</param>
    /// <param name="right">A term.</param>
    public static Term operator -(Term left, Term right) => Of(Operation.Subtract, left, right);

    /// <summary>The difference.</summary>
    /// <param name="left">A term.</param>
    /// <param name="right">A number.</param>
    public static Term operator -(Term left, double right) => left - Constant(right);

    /// <summary>The difference.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">A term.</param>
    public static Term operator -(double left, Term right) => Constant(left) - right;

    /// <summary>The product.</summary>
    /// <param name="left">A term.</param>
    /// <param name="right">A term.</param>
    public static Term operator *(Term left, Term right) => Of(Operation.Multiply, left, right);

    /// <summary>The product.</summary>
    /// <param name="left">A term.</param>
    /// <param name="right">A number.</param>
    public static Term operator *(Term left, double right) => left * Constant(right);

    /// <summary>The product.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">A term.</param>
    public static Term operator *(double left, Term right) => right * Constant(left);

    /// <summary>The quotient.</summary>
    /// <param name="left">A term.</param>
    /// <param name="right">A term.</param>
    public static Term operator /(Term left, Term right) => Of(Operation.Divide, left, right);

    /// <summary>The quotient.</summary>
    /// <param name="left">A term.</param>
    /// <param name="right">A number.</param>
    public static Term operator /(Term left, double right) => left / Constant(right);

    /// <summary>The quotient.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">A term.</param>
    public static Term operator /(double left, Term right) => Constant(left) / right;

    /// <summary>The negative.</summary>
    /// <param name="term">A term.</param>
    public static Term operator -(Term term) => term * Constant(-1);

    /// <summary>The square root.</summary>
    /// <param name="term">A term.</param>
    public static Term Sqrt(Term term) => Of(Operation.Sqrt, term);

    /// <summary>The absolute value.</summary>
    /// <param name="term">A term.</param>
    public static Term Abs(Term term) => Of(Operation.Abs, term);

    /// <summary>-1, 0 or 1; a zero keeps its sign and NaN stays NaN.</summary>
    /// <param name="term">A term.</param>
    public static Term Sign(Term term) => Of(Operation.Sign, term);

    /// <summary>The cube root, to about 1 ulp.</summary>
    /// <param name="term">A term.</param>
    public static Term Cbrt(Term term) => Of(Operation.CubeRoot, term);

    /// <summary>The larger of two; NaN when either is.</summary>
    /// <param name="x">A term.</param>
    /// <param name="y">A term.</param>
    public static Term Max(Term x, Term y) => Of(Operation.Max, x, y);

    /// <summary>The smaller of two; NaN when either is.</summary>
    /// <param name="x">A term.</param>
    /// <param name="y">A term.</param>
    public static Term Min(Term x, Term y) => Of(Operation.Min, x, y);

    /// <summary><c>a b + c</c> with one rounding.</summary>
    /// <param name="a">A term.</param>
    /// <param name="b">A term.</param>
    /// <param name="c">A term.</param>
    public static Term FusedMultiplyAdd(Term a, Term b, Term c) => Of(Operation.FusedMultiplyAdd, a, b, c);

    /// <summary>One term where a condition is above 0, another where it is not (0 and NaN included).</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="positive">Where it is above 0.</param>
    /// <param name="otherwise">Where it is not.</param>
    public static Term WherePositive(Term condition, Term positive, Term otherwise) => Of(Operation.SelectPositive, condition, positive, otherwise);

    private static Term Of(Operation operation, Term a)
    {
        ArgumentNullException.ThrowIfNull(a);
        return new(operation, a);
    }

    private static Term Of(Operation operation, Term a, Term b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return new(operation, a, b);
    }

    private static Term Of(Operation operation, Term a, Term b, Term c)
    {
        ArgumentNullException.ThrowIfNull(c);
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return new(operation, a, b, c);
    }
}

/// <summary>The operation of a term.</summary>
internal enum Operation : byte
{
    Gradient,
    Parameter,
    ReadSlot,
    Number,
    Add,
    Subtract,
    Multiply,
    Divide,
    Sqrt,
    Abs,
    Sign,
    CubeRoot,
    Max,
    Min,
    FusedMultiplyAdd,
    SelectPositive,
}
