using System.Numerics;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary><see cref="ZeroNans"/> and <see cref="Cautious"/> look at many elements at once; each is what one would be, at every length and place.</summary>
public class MaskedInLanesTests(ITestOutputHelper output)
{
    private static readonly double[] Odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, -0.0, double.Epsilon, -double.Epsilon, 1e300, -1e300];

    [Fact]
    public void NaN_becomes_0_and_is_reported_for_its_tensor() => Law.Check(output, Any(), c =>
    {
        Holds<float>(c);
        Holds<double>(c);

        static void Holds<T>(Numbers c)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var gradient = c.Set<T>(0);
            var state = Optimizer.Init(new ZeroNans(), TensorSet.Filled(gradient.Layout, T.Zero)).Step(gradient).Item1;
            for (int i = 0; i < gradient.Count; i++)
            {
                T[] expected = [.. gradient[i].ToArray().Select(g => T.Zero - (T.IsNaN(g) ? T.Zero : g))];
                Same.Bits<T>(expected, state.Parameters[i].Span, $"tensor {i}");
                Assert.Equal(gradient[i].ToArray().Any(T.IsNaN) ? T.One : T.Zero, state.Slots["found_nan"][i].Span[0]);
            }
        }
    });

    [Fact]
    public void What_goes_against_the_gradient_is_kept_and_enlarged() => Law.Check(output, Any(), c =>
    {
        Holds<float>(c);
        Holds<double>(c);

        static void Holds<T>(Numbers c)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            // Momentum's step is the gradients' sum: the second gradient may be against it.
            TensorSet<T> first = c.Set<T>(0), second = c.Set<T>(1);
            var rule = new Sgd { LearningRate = 1, Momentum = 0.5 };
            var before = Optimizer.Init(new Cautious(rule), TensorSet.Filled(first.Layout, T.Zero)).Step(first).Item1;
            var after = before.Step(second).Item1;
            var inside = Optimizer.Init(rule, TensorSet.Filled(first.Layout, T.Zero)).Step(first).Item1.Step(second).Item1;
            for (int i = 0; i < first.Count; i++)
            {
                T[] momentum = [.. inside.Slots["momentum_buffer"][i].Span];
                T[] kept = [.. momentum.Zip(second[i].ToArray(), (m, g) => T.IsPositive(m) == T.IsPositive(g) && m != T.Zero && g != T.Zero && !T.IsNaN(m) && !T.IsNaN(g) ? m : m * T.Zero)];
                int count = kept.Count(k => k != T.Zero && !T.IsNaN(k));
                T enlargement = T.CreateTruncating(1 / Math.Max((double)count / Math.Max(kept.Length, 1), 1e-3));
                T[] expected = [.. kept.Zip(before.Parameters[i].ToArray(), (k, p) => p - (k * enlargement))];
                Same.Bits<T>(expected, after.Parameters[i].Span, $"tensor {i}");
            }
        }
    });

    private static FsCheck.Arbitrary<Numbers> Any() => Cases.Of(draw => new Numbers([.. Enumerable.Range(0, draw.Integer(1, 4)).Select(_ => draw.Of(0, 1, 3, 8, 15, 16, 17, 33, 70, 70_000))], draw.Integer(0, 1000), draw.Coin()));

    /// <summary>Tensors of some lengths, numbers from a seed, some of them odd.</summary>
    private sealed record Numbers(int[] Lengths, int Seed, bool HasOdd)
    {
        public TensorSet<T> Set<T>(int which)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var random = new Random((2 * Seed) + which);
            return TensorSet.OfTensors([.. Lengths.Select((length, i) => Tensor.OfSpan<T>(new TensorShape($"t{i}", length), [.. Enumerable.Range(0, length).Select(_ => Number<T>(random))]))]);
        }

        private T Number<T>(Random random)
            where T : unmanaged, IFloatingPointIeee754<T> =>
            T.CreateTruncating(HasOdd && random.Next(9) == 0 ? Odd[random.Next(Odd.Length)] : random.Next(8) == 0 ? 0 : random.NextDouble() - 0.5);

        public override string ToString() => $"[{string.Join(' ', Lengths)}] seed {Seed} {HasOdd}";
    }
}
