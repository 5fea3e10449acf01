using System.Numerics;
using Optim.Execution;
using Optim.Lanes;
using Optim.LinearAlgebra;
using Optim.Properties.Checking;
using Optim.Properties.Lanes;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.LinearAlgebra;

/// <summary>The block lane's operations against the vector instructions', which are correctly rounded: how many ulp they may differ, stated and held.</summary>
public class MklLaneTests(ITestOutputHelper output)
{
    private static readonly double[] Ends =
    [
        0, -0.0, 1, -1, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, -double.Epsilon,
        2.2250738585072014e-308, 1e-310, float.MaxValue, float.Epsilon, 1.17549435e-38, 1e-40, 0.5, -0.5, 1.5, 2.5, -2.5, 8388607.5, 4503599627370495.5,
    ];

    [MklFact]
    public void Sums_are_correctly_rounded() => Within(0, new Sum());

    [MklFact]
    public void Differences_are_correctly_rounded() => Within(0, new Difference());

    [MklFact]
    public void Products_are_correctly_rounded() => Within(0, new Product());

    [MklFact]
    public void Multiples_are_correctly_rounded_and_0_times_NaN_is_NaN() => Within(0, new Multiple(0), new Multiple(-1), new Multiple(0.1));

    [MklFact]
    public void Negatives_magnitudes_and_whole_numbers_are_exact() => Within(0, new Negative(), new Magnitude(), new Whole());

    [MklFact]
    public void The_larger_the_smaller_and_the_chosen_are_those_of_the_vector_instructions() => Within(0, new Larger(), new Smaller(), new Chosen());

    [MklFact]
    public void Quotients_are_within_an_ulp() => Within(1, new Quotient());

    [MklFact]
    public void Square_roots_are_within_an_ulp() => Within(1, new Root());

    // Ours is within one of the exact root as well.
    [MklFact]
    public void Cube_roots_are_within_2_ulp() => Within(2, new CubeRoot());

    [MklFact]
    public void What_a_product_and_a_sum_err_together_is_an_ulp_of_the_larger_of_them() => Law.Check(output, Operands(), operands =>
    {
        var (x, y, z) = operands;
        Check<float>(1.2e-7);
        Check<double>(2.3e-16);

        void Check<T>(double ulp)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var (exact, actual) = Both<T>(new ProductAndSum(), x, y, z);
            for (int i = 0; i < exact.Length; i++)
            {
                double product = double.CreateTruncating(T.CreateTruncating(x[i]) * T.CreateTruncating(y[i]));
                if (!double.IsFinite(exact[i]) || !double.IsFinite(product))
                {
                    // Infinite on the way where it would not be in one step: 1 ulp of infinity.
                    Assert.True(!double.IsFinite(product) || double.IsNaN(exact[i]) == double.IsNaN(actual[i]), FormattableString.Invariant($"{x[i]:R} * {y[i]:R} + {z[i]:R}"));
                    continue;
                }

                double addend = double.CreateTruncating(T.CreateTruncating(z[i])), least = double.CreateTruncating(T.Epsilon);
                double allowed = (ulp * Math.Max(Math.Abs(product), Math.Max(Math.Abs(addend), Math.Abs(exact[i])))) + least;
                Assert.True(Math.Abs(exact[i] - actual[i]) <= allowed, FormattableString.Invariant($"{x[i]:R} * {y[i]:R} + {z[i]:R} = {exact[i]:R}, was {actual[i]:R}"));
            }
        }
    }, 200);

    /// <summary>Each formula, on lengths around and beyond a block.</summary>
    private void Within(double ulps, params IOperation[] operations) => Law.Check(output, Operands(), operands =>
    {
        var (x, y, z) = operands;
        foreach (var operation in operations)
        {
            Check<float>(operation);
            Check<double>(operation);
        }

        void Check<T>(IOperation operation)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var (exact, actual) = Both<T>(operation, x, y, z);
            for (int i = 0; i < exact.Length; i++)
            {
                Ulps.Within(
                    ulps, T.CreateTruncating(exact[i]), T.CreateTruncating(actual[i]),
                    FormattableString.Invariant($"{typeof(T).Name} {operation.GetType().Name} of {x[i]:R}, {y[i]:R}, {z[i]:R}"));
                Assert.True(exact[i] != 0 || ulps > 0 || double.IsNegative(exact[i]) == double.IsNegative(actual[i]), "the zeros' signs differ");
            }
        }
    }, 200);

    private static FsCheck.Arbitrary<(double[] X, double[] Y, double[] Z)> Operands() => Cases.Of(draw =>
    {
        int length = draw.Of(draw.Integer(1, 40), draw.Integer(1000, 1050), draw.Integer(2000, 2100));
        return (Numbers(), Numbers(), Numbers());

        double[] Numbers() => draw.Numbers(length, () =>
            draw.Integer(0, 4) switch
            {
                0 => draw.Of(Ends),
                1 => draw.Wide(),
                2 => Math.ScaleB(1 + draw.Fraction(), draw.Integer(-1074, 1023)),
                _ => draw.Plain(),
            });
    });

    private static unsafe (double[] Exact, double[] Actual) Both<T>(IOperation operation, double[] x, double[] y, double[] z)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] a = Array.ConvertAll(x, T.CreateTruncating), b = Array.ConvertAll(y, T.CreateTruncating), c = Array.ConvertAll(z, T.CreateTruncating);
        var vectors = new Engine(1).WithBackend(Backend.Mkl).Vectors<T>();
        return (Run(null), Run(vectors));

        double[] Run(MklVectors<T>? how)
        {
            var result = new T[a.Length];
            fixed (T* update = a, parameters = b, slot = c, target = result)
            {
                var only = new SlotMemory<T>(slot, slot);
                operation.Stage<T>().Sweep(new() { Update = update, Parameters = parameters, Slots = &only, Result = target, Vectors = how }, 0, a.Length);
            }

            return Array.ConvertAll(result, double.CreateTruncating);
        }
    }

    private interface IOperation
    {
        Stage<T> Stage<T>()
            where T : unmanaged, IFloatingPointIeee754<T> => new Stage<T, Formula<T>>(new(this), 0);

        L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T>;
    }

    private readonly struct Formula<T>(IOperation operation) : IFormula<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static int SlotCount => 1;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L> => operation.Of<L, T>(update, parameter, slots.Read(0));
    }

    private sealed class Sum : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => x + y;
    }

    private sealed class Difference : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => x - y;
    }

    private sealed class Product : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => x * y;
    }

    private sealed class Quotient : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => x / y;
    }

    private sealed class Multiple(double factor) : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => x * T.CreateTruncating(factor);
    }

    private sealed class Negative : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => -x;
    }

    private sealed class Magnitude : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.Abs(x);
    }

    private sealed class Whole : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.Round(x);
    }

    private sealed class Larger : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.Max(x, y);
    }

    private sealed class Smaller : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.Min(x, y);
    }

    private sealed class Chosen : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.SelectPositive(x, y, z);
    }

    private sealed class Root : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.Sqrt(x);
    }

    private sealed class CubeRoot : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.CubeRoot(x);
    }

    private sealed class ProductAndSum : IOperation
    {
        public L Of<L, T>(L x, L y, L z)
            where L : struct, ILane<L, T>
            where T : unmanaged, IFloatingPointIeee754<T> => L.FusedMultiplyAdd(x, y, z);
    }
}
