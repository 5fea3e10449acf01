using System.Globalization;
using System.Numerics;

namespace Optim.Laws;

/// <summary>Equality assertions that say where they fail.</summary>
/// <remarks>
/// All NaNs are equal here: a product of two NaNs has the sign of whichever operand the compiler puts first, and that differs
/// between SIMD widths. What must be preserved bitwise is compared by the values' own equality.
/// </remarks>
internal static class Same
{
    /// <summary>The same bits in every parameter, slot and scalar, and the same step; rules and the names of slots may differ.</summary>
    public static void Bits<T>(OptimizerState<T> expected, OptimizerState<T> actual, string where = "")
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require(expected.StepCount == actual.StepCount, "the step counts differ");
        Bits(expected.Parameters, actual.Parameters, $"parameters {where}".TrimEnd());
        Require(expected.Slots.Count == actual.Slots.Count, "the numbers of slots differ");
        foreach (var (e, a) in expected.Slots.Zip(actual.Slots))
        {
            Bits(e.Value, a.Value, $"slot {e.Key} {where}".TrimEnd());
        }

        Require(
            expected.Scalars.Values.Select(BitConverter.DoubleToInt64Bits).SequenceEqual(actual.Scalars.Values.Select(BitConverter.DoubleToInt64Bits)),
            "the scalars differ");
    }

    public static void Bits<T>(TensorSet<T> expected, TensorSet<T> actual, string what = "sets")
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require(expected.Layout.Equals(actual.Layout), $"{what}: layout {expected.Layout} is not {actual.Layout}");
        Bits<T>(expected.Span, actual.Span, what);
    }

    public static void Bits<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, string what = "values")
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require(expected.Length == actual.Length, what + ": the lengths differ");
        for (int i = 0; i < expected.Length; i++)
        {
            if (Pattern(expected[i]) != Pattern(actual[i]) && !(T.IsNaN(expected[i]) && T.IsNaN(actual[i])))
            {
                throw Differs($"{typeof(T).Name} {what}", i, double.CreateTruncating(expected[i]), double.CreateTruncating(actual[i]));
            }
        }
    }

    /// <summary>Equal by their own equality: for what must be preserved bitwise.</summary>
    public static void Value<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new LawBrokenException(string.Create(CultureInfo.InvariantCulture, $"{what}: expected {expected}, was {actual}"));
        }
    }

    /// <summary>Lists of equal values.</summary>
    public static void Values<T>(IEnumerable<T> expected, IEnumerable<T> actual, string what)
    {
        if (!expected.SequenceEqual(actual))
        {
            throw new LawBrokenException($"{what}: expected [{string.Join(", ", expected)}], was [{string.Join(", ", actual)}]");
        }
    }

    /// <summary>Equal numbers; zeros of both signs are equal.</summary>
    public static void Numbers<T>(TensorSet<T> expected, TensorSet<T> actual, string what)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (!expected.Span[i].Equals(actual.Span[i]))
            {
                throw Differs($"{typeof(T).Name} {what}", i, double.CreateTruncating(expected.Span[i]), double.CreateTruncating(actual.Span[i]));
            }
        }
    }

    public static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new LawBrokenException(what);
        }
    }

    /// <summary>Within a tolerance relative to the larger magnitude, or to the given scale if that is larger.</summary>
    public static void Close(double expected, double actual, double tolerance, double scale = 0, string what = "value", int index = 0)
    {
        double allowed = tolerance * Math.Max(scale, Math.Max(Math.Abs(expected), Math.Abs(actual)));
        if (!(Math.Abs(expected - actual) <= allowed) && !expected.Equals(actual))
        {
            throw Differs(what, index, expected, actual);
        }
    }

    public static void Close(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance, double scale = 0, string what = "values")
    {
        Require(expected.Count == actual.Count, what + ": the lengths differ");
        for (int i = 0; i < expected.Count; i++)
        {
            Close(expected[i], actual[i], tolerance, scale, what, i);
        }
    }

    private static long Pattern<T>(T x)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        x is float f ? BitConverter.SingleToInt32Bits(f) : BitConverter.DoubleToInt64Bits(double.CreateTruncating(x));

    private static LawBrokenException Differs(string what, int index, double expected, double actual) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{what}, element {index}: expected {expected:R} ({BitConverter.DoubleToInt64Bits(expected):X16}), " +
        $"was {actual:R} ({BitConverter.DoubleToInt64Bits(actual):X16})"));
}
