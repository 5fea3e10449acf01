using MathNet.Numerics.LinearAlgebra;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>What makes a preconditioner one, and what Shampoo is for vectors and scalars.</summary>
public class ShampooTests(ITestOutputHelper output)
{
    [Fact]
    public void Shampoo_follows_its_textbook() => TensorTextbook.Agrees(
        output,
        draw => new Shampoo
        {
            Form = draw.Of(ShampooForm.Paper, ShampooForm.Moskomule), LearningRate = Textbook.Any(draw, 0, 1), Momentum = draw.Coin() ? Textbook.Any(draw, 0, 0.9) : 0,
            WeightDecay = draw.Of<Schedule>(0, 0.01, Textbook.Any(draw, 0, 0.1)), Epsilon = draw.Of(1, 10, 100), UpdateFrequency = draw.Integer(1, 4),
            MaxPreconditionerDimension = draw.Of(1, 4, 20),
        },
        (rule, dimensions) => new TextbookShampoo((Shampoo)rule, dimensions),
        tolerance: 1e-9, single: 2e-3, count: 20, number: draw => draw.Plain());

    [Fact]
    public void Preconditioners_are_symmetric_and_their_roots_are_their_roots() => Law.Check(output, Any(), s =>
    {
        var rule = (Shampoo)s.Rule;
        var state = s.Run<double>();
        foreach (var shape in s.Layout.Where(shape => shape.Length > 0))
        {
            int k = Math.Max(1, shape.Dimensions.Count);
            for (int mode = 0; mode < k; mode++)
            {
                var kept = state.Slots[FormattableString.Invariant($"precond_{mode}")][shape.Name].ToMatrix();
                var root = state.Slots[FormattableString.Invariant($"inv_precond_{mode}")][shape.Name].ToMatrix();
                Assert.Equal(kept.Transpose(), kept);
                Assert.Equal(root.Transpose(), root);

                // X^(-1/p) to the p-th times X is the identity.
                var identity = Enumerable.Repeat(root, rule.Form == ShampooForm.Paper ? 2 * k : k).Aggregate(kept, (product, factor) => factor * product);
                Same.Close(Matrix<double>.Build.DenseIdentity(kept.RowCount).ToRowMajorArray(), identity.ToRowMajorArray(), 1e-8, 1);
            }
        }
    }, 40);

    [Fact]
    public void Shampoo_turns_with_its_matrix() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        // Orthogonal on both sides of every gradient, then on both sides of the result: eps I turns into itself.
        int rows = draw.Integer(1, 7), columns = draw.Integer(1, 7);
        var layout = Layout.Of(new TensorShape("w", rows, columns));
        Matrix<double> Random(int m, int n) => Matrix<double>.Build.DenseOfRowMajor(m, n, draw.Numbers(m * n, draw.Plain));
        Matrix<double> left = Random(rows, rows).QR().Q, right = Random(columns, columns).QR().Q;
        var rule = new Shampoo { Epsilon = 0.1, Form = draw.Of(ShampooForm.Paper, ShampooForm.Moskomule) };
        OptimizerState<double> plain = Optimizer.Init(rule, TensorSet.Filled(layout, 0.0)), turned = plain;
        for (int t = 0; t < 10; t++)
        {
            var gradient = Random(rows, columns);
            plain = plain.Step(TensorSet.OfTensors(Tensor.Of("w", gradient))).Item1;
            turned = turned.Step(TensorSet.OfTensors(Tensor.Of("w", left * gradient * right))).Item1;
        }

        Same.Close((left * plain.Parameters["w"].ToMatrix() * right).ToRowMajorArray(), turned.Parameters["w"].ToMatrix().ToRowMajorArray(), 1e-8, 1);
    }, 40);

    [Fact]
    public void A_vector_with_a_diagonal_is_AdaGrad() => Law.Check(
        output, Scenario.From(draw => new Shampoo { MaxPreconditionerDimension = 1, LearningRate = Textbook.Any(draw, 0, 1), Epsilon = draw.Of(1e-4, 1) }, draw => draw.Moderate()), s =>
        {
            var flat = new Scenario(s.Rule, [s.Start.Length], s.Start, s.Gradients);
            var rule = (Shampoo)s.Rule;
            var adagrad = flat.Run<double>(new AdaGrad { LearningRate = rule.LearningRate, InitialAccumulator = rule.Epsilon, Epsilon = 0 });
            if (flat.Layout[0].Dimensions.Count == 1)
            {
                Same.Close(adagrad.Parameters.ToArray(), flat.Run<double>().Parameters.ToArray(), 1e-12, 1);
            }
        });

    [Fact]
    public void More_than_four_dimensions_count_as_four()
    {
        TensorSet<double> Set(int seed, params int[] dimensions)
        {
            var draw = new Draw(seed, 100);
            return TensorSet.Generate(Layout.Of(new TensorShape("w", dimensions)), _ => draw.Plain());
        }

        var five = Optimizer.Init(new Shampoo(), Set(1, 2, 3, 2, 2, 3)).Step(Set(2, 2, 3, 2, 2, 3)).Item1;
        var four = Optimizer.Init(new Shampoo(), Set(1, 2, 3, 2, 6)).Step(Set(2, 2, 3, 2, 6)).Item1;
        Same.Bits(four.Parameters.Span, five.Parameters.Span);
        Assert.Equal([2, 3, 2, 6], Enumerable.Range(0, 4).Select(i => five.Slots[FormattableString.Invariant($"precond_{i}")]["w"].Shape.Dimensions[0]));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_not_finite_makes_its_tensor_NaN_and_no_other(double bad)
    {
        var layout = Layout.Of(new TensorShape("a", 3, 2), new TensorShape("b", 4), new TensorShape("c", 3, 2));
        var state = Optimizer.Init(new Shampoo(), TensorSet.Filled(layout, 1.0));
        state = state.Step(TensorSet.Generate(layout, i => i is 1 or 7 ? bad : 0.5 + (i % 3))).Item1.Step(TensorSet.Filled(layout, 0.5)).Item1;
        Assert.All(state.Parameters["a"].ToArray().Concat(state.Parameters["b"].ToArray()), x => Assert.True(double.IsNaN(x)));
        Assert.All(state.Parameters["c"].ToArray(), x => Assert.True(double.IsFinite(x)));
    }

    [Fact]
    public void A_square_beyond_float_leaves_no_infinity_behind()
    {
        var layout = Layout.Of(new TensorShape("w", 3, 2), new TensorShape("b", 3));
        var draw = new Draw(1, 100);
        var state = Optimizer.Init(new Shampoo(), TensorSet.Filled(layout, 1f));
        for (int t = 0; t < 3; t++)
        {
            state = state.Step(TensorSet.Generate(layout, _ => (float)draw.Plain() * 1e20f)).Item1;
        }

        Assert.All(state.Parameters.ToArray().Concat(state.Slots.Values.SelectMany(slot => slot.ToArray())), x => Assert.True(float.IsFinite(x)));
    }

    [Fact]
    public void Without_a_gradient_and_without_epsilon_nothing_moves()
    {
        var layout = Layout.Of(new TensorShape("w", 3, 2), new TensorShape("b", 3));
        var zero = Optimizer.Init(new Shampoo { Epsilon = 0 }, TensorSet.Filled(layout, 1.0)).Step(TensorSet.Filled(layout, 0.0)).Item2;
        Assert.All(zero.ToArray(), x => Assert.Equal(1, x));
    }

    private static FsCheck.Arbitrary<Scenario> Any() => Scenario.From(
        draw => new Shampoo { Form = draw.Of(ShampooForm.Paper, ShampooForm.Moskomule), Epsilon = draw.Of(1, 10) }, draw => draw.Fraction(), (1, 5));
}
