using System.Globalization;
using System.Numerics;
using Xunit.Sdk;

namespace Optim.Properties.Lanes;

/// <summary>Distance in units in the last place.</summary>
internal static class Ulps
{
    public static void Within<T>(double ulps, T expected, T actual, string what)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (expected.Equals(actual))
        {
            return;
        }

        double ulp = double.CreateTruncating(T.BitIncrement(T.Abs(expected)) - T.Abs(expected));
        if (!(Math.Abs(double.CreateTruncating(expected) - double.CreateTruncating(actual)) <= ulps * ulp))
        {
            throw new XunitException(string.Create(CultureInfo.InvariantCulture, $"{what} must be within {ulps} ulp of {expected:R}, was {actual:R}"));
        }
    }
}
