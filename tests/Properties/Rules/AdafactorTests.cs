using System.Numerics;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 43, and the traps of a factored second moment.</summary>
public class AdafactorTests(ITestOutputHelper output)
{
    [Fact]
    public void Adafactor_follows_its_textbook() => TensorTextbook.Agrees(
        output,
        draw =>
        {
            // The step is relative to the parameters, so large rates and decays make them grow without bound.
            bool relative = draw.Coin();
            return new Adafactor
            {
                Form = draw.Of(AdafactorForm.Paper, AdafactorForm.PyTorch), LearningRate = Textbook.Any(draw, 0, 0.1), RelativeStep = relative,
                WarmupInit = relative && draw.OneIn(3), ScaleParameter = draw.Coin(), Beta2Decay = Textbook.Any(draw, 0.1, 1),
                Beta1 = draw.Of<Schedule>(0, 0.9, Textbook.Any(draw, 0, 0.99)), Epsilon = draw.Of(1e-30, 1e-16, 1e-3), ScaleEpsilon = draw.Of(1e-3, 0.1),
                ClipThreshold = draw.Of(0.3, 1, 2), WeightDecay = draw.Of<Schedule>(0, 1e-4, Textbook.Any(draw, 0, 1e-4)),
                LeastFactoredDimension = draw.Of(1, 1, 2, 5), Maximize = draw.Coin(),
            };
        },
        (rule, dimensions) => new TextbookAdafactor((Adafactor)rule, dimensions));

    [Fact]
    public void Law_43_a_second_moment_of_rank_1_is_exact() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        // |g_ij| = a_i b_j at every step, with other signs: V is g^2 itself, the update sign(g), nothing is clipped.
        int rows = draw.Integer(1, 9), columns = draw.Integer(1, 9);
        double[] a = draw.Numbers(rows, () => Math.Abs(draw.Moderate())), b = draw.Numbers(columns, () => Math.Abs(draw.Moderate()));
        var rule = new Adafactor { LearningRate = 0.125, RelativeStep = false, ScaleParameter = false, Epsilon = 0, Beta2Decay = draw.Fraction(), ClipThreshold = 2 };
        Check<float>(1e-6);
        Check<double>(1e-14);

        void Check<T>(double tolerance)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var layout = Layout.Of(new TensorShape("w", rows, columns));
            var state = Optimizer.Init(rule, TensorSet.Filled(layout, T.Zero));
            for (int t = 1; t <= 30; t++)
            {
                int[] signs = [.. Enumerable.Range(0, rows * columns).Select(_ => draw.Of(-1, 1))];
                var before = state.Parameters;
                state = state.Step(TensorSet.Generate(layout, i => T.CreateTruncating(a[i / columns] * b[i % columns] * signs[i]))).Item1;
                for (int i = 0; i < signs.Length; i++)
                {
                    double step = double.CreateTruncating(before.Span[i]) - double.CreateTruncating(state.Parameters.Span[i]);
                    Same.Close(0.125 * signs[i], step, tolerance * t, 1);
                }
            }
        }
    }, 40);

    [Fact]
    public void The_moments_of_a_matrix_take_a_row_and_a_column_and_those_of_a_vector_all()
    {
        var layout = Layout.Of(new TensorShape("w", 4, 3), new TensorShape("b", 5), new TensorShape("stack", 2, 4, 3), new TensorShape("scalar"));
        var state = Optimizer.Init(new Adafactor(), TensorSet.Filled(layout, 1.0));
        Assert.Equal([4, 0, 8, 0], state.Slots["exp_avg_sq_row"].Layout.Select(s => s.Length));
        Assert.Equal([3, 0, 6, 0], state.Slots["exp_avg_sq_col"].Layout.Select(s => s.Length));
        Assert.Equal([0, 5, 0, 1], state.Slots["exp_avg_sq"].Layout.Select(s => s.Length));
        Assert.Equal(["row_var", "col_var", "variance", "exp_avg"], Optimizer.Init(new Adafactor { Form = AdafactorForm.PyTorch, Beta1 = 0.9 }, state.Parameters).Slots.Keys);
    }

    [Fact]
    public void A_tensor_of_rank_3_is_a_stack_of_matrices()
    {
        const int Count = 3, Rows = 4, Columns = 5;
        var draw = new Draw(1, 100);
        Layout stack = Layout.Of(new TensorShape("w", Count, Rows, Columns)), matrix = Layout.Of(new TensorShape("w", Rows, Columns));
        double[][] sets = [.. Enumerable.Range(0, 4).Select(_ => draw.Numbers(stack.Length, draw.Plain))];
        foreach (var form in new[] { AdafactorForm.Paper, AdafactorForm.PyTorch })
        {
            // What takes the whole tensor's root mean square is switched off.
            var rule = new Adafactor { Form = form, ScaleParameter = false, ClipThreshold = 1e6 };
            var whole = Run(rule, stack, sets);
            for (int i = 0; i < Count; i++)
            {
                var alone = Run(rule, matrix, [.. sets.Select(set => set[(i * matrix.Length)..((i + 1) * matrix.Length)])]);
                Same.Bits(alone.Parameters.Span, whole.Parameters.Span.Slice(i * matrix.Length, matrix.Length));
            }
        }

        static OptimizerState<double> Run(Rule rule, Layout layout, double[][] sets) =>
            Optimizer.Fold(Optimizer.Init(rule, TensorSet.OfValues<double>(layout, sets[0])), sets[1..].Select(set => TensorSet.OfValues<double>(layout, set)));
    }

    [Fact]
    public void A_square_beyond_float_leaves_no_infinity_behind()
    {
        var layout = Layout.Of(new TensorShape("w", 2, 2), new TensorShape("b", 2));
        var state = Optimizer.Init(new Adafactor { ScaleParameter = false }, TensorSet.Filled(layout, 1f));
        state = state.Step(TensorSet.Filled(layout, 1e20f)).Item1;
        Assert.All(state.Parameters.ToArray(), x => Assert.Equal(0.99f, x, 1e-6f));
        state = state.Step(TensorSet.Filled(layout, 1e20f)).Item1;
        Assert.All(state.Parameters.ToArray(), x => Assert.True(x is > 0 and < 0.99f));
        Assert.All(state.Slots.Values.SelectMany(slot => slot.ToArray()), x => Assert.True(float.IsFinite(x)));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void What_is_not_finite_spreads_within_its_tensor(double bad)
    {
        var layout = Layout.Of(new TensorShape("w", 2, 2), new TensorShape("b", 2), new TensorShape("c", 2, 2));
        var state = Optimizer.Init(new Adafactor(), TensorSet.Filled(layout, 1.0));
        var next = state.Step(TensorSet.Generate(layout, i => i is 1 or 4 ? bad : 0.5)).Item2;
        Assert.All(next["w"].ToArray(), x => Assert.True(double.IsNaN(x)));
        Assert.All(next["b"].ToArray(), x => Assert.True(double.IsNaN(x)));
        Assert.All(next["c"].ToArray(), x => Assert.Equal(0.99, x, 1e-12));
    }

    [Fact]
    public void A_warmup_needs_relative_steps() =>
        Refused.With<ArgumentException>(" needs ", () => Optimizer.Init(new Adafactor { WarmupInit = true, RelativeStep = false }, TensorSet.OfArray([1.0])));
}
