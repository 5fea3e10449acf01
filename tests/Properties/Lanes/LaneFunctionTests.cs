using System.Numerics;
using Optim.Lanes;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Lanes;

/// <summary>What lanes offer beyond arithmetic: the same bits at every width, within the stated distance of the platform's functions.</summary>
public class LaneFunctionTests(ITestOutputHelper output)
{
    private static readonly double[] Ends =
    [
        0, -0.0, 1, -1, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, -double.Epsilon,
        2.2250738585072014e-308, 1e-310, float.MaxValue, float.MinValue, float.Epsilon, 1.17549435e-38, 1e-40, 1e300, 1e-300, 0.5, -0.5, 1.5, 2.5, -2.5,
        8388607.5, 8388608, 4503599627370495.5, 4503599627370496, 0.49999999999999994, 0.49999997,
    ];

    [Fact]
    public void The_cube_root_is_within_an_ulp() => Law.Check(output, Numbers(), x =>
    {
        double[] wide = AnyWidth.Of<double, CubeRoot>(x);
        float[] narrow = [.. x.Select(y => (float)y)], roots = AnyWidth.Of<float, CubeRoot>(narrow);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.True(!double.IsFinite(x[i]) || x[i] == 0 || CubeRootError(x[i], wide[i]) <= 1, $"cbrt({x[i]:R}) was {wide[i]:R}");
            Ulps.Within(0.51, (float)Math.Cbrt(narrow[i]), roots[i], $"cbrt({narrow[i]:R}f)");
        }
    }, 1000);

    [Fact]
    public void The_ends_of_the_cube_root()
    {
        Same.Bits<double>(
            [0, -0.0, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 2, -3, 1e100],
            AnyWidth.Of<double, CubeRoot>(0, -0.0, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 8, -27, 1e300));
        Same.Bits<float>(
            [0, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 2, -3, 1e10f],
            AnyWidth.Of<float, CubeRoot>(0, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 8, -27, 1e30f));
    }

    [Fact]
    public void Every_power_of_two_that_is_a_normal_number_is_exact()
    {
        int[] wide = [.. Enumerable.Range(-1022, 2046)], narrow = [.. Enumerable.Range(-126, 254)];
        Same.Bits<double>([.. wide.Select(n => double.ScaleB(1, n))], AnyWidth.Of<double, PowerOfTwo>([.. wide.Select(n => (double)n)]));
        Same.Bits<float>([.. narrow.Select(n => float.ScaleB(1, n))], AnyWidth.Of<float, PowerOfTwo>([.. narrow.Select(n => (float)n)]));
    }

    [Fact]
    public void Rounding_is_to_the_nearest_whole_number_and_of_halves_to_the_even_one() => Law.Check(output, Numbers(), x =>
    {
        float[] narrow = [.. x.Select(y => (float)y)];
        Same.Bits<double>([.. x.Select(y => Math.Round(y, MidpointRounding.ToEven))], AnyWidth.Of<double, Round>(x));
        Same.Bits<float>([.. narrow.Select(y => MathF.Round(y, MidpointRounding.ToEven))], AnyWidth.Of<float, Round>(narrow));
    });

    [Fact]
    public void A_selection_takes_what_is_above_0_and_neither_zeros_nor_NaN() => Law.Check(output, Numbers(), x =>
    {
        float[] narrow = [.. x.Select(y => (float)y)];
        Same.Bits<double>([.. x.Select(y => y > 0 ? 2.0 : y)], AnyWidth.Of<double, TwoWherePositive>(x));
        Same.Bits<float>([.. narrow.Select(y => y > 0 ? 2f : y)], AnyWidth.Of<float, TwoWherePositive>(narrow));
    });

    [Fact]
    public void The_sign_is_1_or_minus_1_and_zeros_and_NaN_stay() => Law.Check(output, Numbers(), x =>
    {
        float[] narrow = [.. x.Select(y => (float)y)];
        Same.Bits<double>([.. x.Select(y => y is 0 or double.NaN ? y : Math.Sign(y))], AnyWidth.Of<double, Sign>(x));
        Same.Bits<float>([.. narrow.Select(y => y is 0 or float.NaN ? y : Math.Sign(y))], AnyWidth.Of<float, Sign>(narrow));
    });

    [Fact]
    public void The_exponential_is_within_2_ulp_between_its_limits_and_stays_at_them_beyond() => Law.Check(output, Exponents(), x =>
    {
        float[] narrow = [.. x.Select(y => (float)y)], powers = AnyWidth.Of<float, Exponent>(narrow);
        double[] wide = AnyWidth.Of<double, Exponent>(x);
        for (int i = 0; i < x.Length; i++)
        {
            Ulps.Within(2, Math.Exp(Math.Clamp(x[i], -708, 708)), wide[i], $"exp({x[i]:R})");
            Ulps.Within(2, (float)Math.Exp(Math.Clamp(narrow[i], -87, 87)), powers[i], $"exp({narrow[i]:R}f)");
        }
    }, 1000);

    [Fact]
    public void The_sigmoid_is_within_3_ulp_and_never_leaves_0_to_1() => Law.Check(output, Exponents(), x =>
    {
        float[] narrow = [.. x.Select(y => (float)y)], sigmoids = AnyWidth.Of<float, Sigmoid>(narrow);
        double[] wide = AnyWidth.Of<double, Sigmoid>(x);
        for (int i = 0; i < x.Length; i++)
        {
            Ulps.Within(3, 1 / (1 + Math.Exp(Math.Clamp(-x[i], -708, 708))), wide[i], $"sigmoid({x[i]:R})");
            Ulps.Within(3, (float)(1 / (1 + Math.Exp(Math.Clamp(-narrow[i], -87, 87)))), sigmoids[i], $"sigmoid({narrow[i]:R}f)");
            Assert.True(double.IsNaN(x[i]) || (wide[i] is >= 0 and <= 1 && sigmoids[i] is >= 0 and <= 1));
        }
    });

    [Fact]
    public void The_ends_of_the_exponential()
    {
        double[] ends = AnyWidth.Of<double, Exponent>(0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon);
        Assert.Equal([1, 1, double.NaN], ends[..3]);
        Assert.InRange(ends[3], 1e307, double.MaxValue);
        Assert.InRange(ends[4], 2.3e-308, 1e-307);
        Assert.Equal(1, ends[5]);
        Assert.Equal([0, 0.5, 1, double.NaN], AnyWidth.Of<double, Sigmoid>(double.NegativeInfinity, 0, double.PositiveInfinity, double.NaN).Select(x => Math.Round(x, 12)));
    }

    /// <summary>The distance from the exact root in ulp, by the cube in twice the precision: the platform's own root is off by an ulp at times.</summary>
    private static double CubeRootError(double x, double root)
    {
        int k = Math.ILogB(x) / 3;
        (x, root) = (Math.ScaleB(x, -3 * k), Math.ScaleB(root, -k));
        var excess = ((DoubleDouble)root * root * root) + -x;
        return Math.Abs(excess.High) / (3 * root * root) / (Math.BitIncrement(Math.Abs(root)) - Math.Abs(root));
    }

    private static FsCheck.Arbitrary<double[]> Numbers() => Cases.Of(draw =>
        draw.Numbers(100, () => draw.Of(draw.Of(Ends), draw.Wide(), draw.Integer(-100, 100) / 2.0, Math.ScaleB(1 + draw.Fraction(), draw.Integer(-1074, 1023)))));

    private static FsCheck.Arbitrary<double[]> Exponents() => Cases.Of(draw =>
        draw.Numbers(100, () => ((2 * draw.Fraction()) - 1) * draw.Of(1, 90, 750) + (draw.OneIn(20) ? draw.Of(Ends) : 0)));

    private readonly struct CubeRoot : ILaneFunction
    {
        public static L Of<L, T>(L x)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.CubeRoot(x);
    }

    private readonly struct PowerOfTwo : ILaneFunction
    {
        public static L Of<L, T>(L x)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.PowerOfTwo(x);
    }

    private readonly struct Round : ILaneFunction
    {
        public static L Of<L, T>(L x)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.Round(x);
    }

    private readonly struct TwoWherePositive : ILaneFunction
    {
        public static L Of<L, T>(L x)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.SelectPositive(x, L.One + L.One, x);
    }

    private readonly struct Sign : ILaneFunction
    {
        public static L Of<L, T>(L x)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.Sign(x);
    }

    private readonly struct Exponent : ILaneFunction
    {
        public static L Of<L, T>(L x)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => Exponential.Of<L, T>(x);
    }

    private readonly struct Sigmoid : ILaneFunction
    {
        public static L Of<L, T>(L x)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => Exponential.Sigmoid<L, T>(x);
    }
}
