using System.Runtime.CompilerServices;

namespace Optim.Lanes;

/// <summary>
/// A number as the unevaluated sum of two doubles, about 32 digits (Dekker 1971): for scalar functions that amplify their argument's
/// error, such as powers. Built from correctly rounded operations only.
/// </summary>
/// <param name="High">The sum, rounded.</param>
/// <param name="Low">The rounding error.</param>
internal readonly record struct DoubleDouble(double High, double Low = 0)
{
    public static implicit operator DoubleDouble(double value) => new(value);

    public static DoubleDouble operator +(DoubleDouble left, DoubleDouble right)
    {
        var sum = Sum(left.High, right.High);
        return Normalized(sum.High, sum.Low + (left.Low + right.Low));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleDouble operator *(DoubleDouble left, DoubleDouble right)
    {
        double product = left.High * right.High;
        if (!double.IsFinite(product))
        {
            return product;
        }

        double lost = Math.FusedMultiplyAdd(left.High, right.High, -product);
        return Normalized(product, lost + ((left.High * right.Low) + (left.Low * right.High)));
    }

    public static DoubleDouble operator /(DoubleDouble left, DoubleDouble right)
    {
        double quotient = left.High / right.High;
        var rest = left + (right * -quotient);
        return Normalized(quotient, rest.High / right.High);
    }

    /// <summary><c>x^n</c> by repeated squaring.</summary>
    public static DoubleDouble Power(DoubleDouble x, long n)
    {
        DoubleDouble result = 1;
        for (ulong rest = (ulong)n; rest != 0;)
        {
            if ((rest & 1) != 0)
            {
                result *= x;
            }

            rest >>= 1;
            if (rest != 0)
            {
                x *= x;
            }
        }

        return result;
    }

    /// <summary>The sum of two doubles, exactly (Knuth).</summary>
    private static DoubleDouble Sum(double x, double y)
    {
        double sum = x + y, part = sum - x;
        return new(sum, (x - (sum - part)) + (y - part));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static DoubleDouble Normalized(double high, double low)
    {
        double sum = high + low;
        return new(sum, low - (sum - high));
    }
}
