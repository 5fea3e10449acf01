using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Optim.LinearAlgebra;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>SOAP against its algorithm, against Adam in a basis of its own, and with what is no matrix.</summary>
public class SoapTests(ITestOutputHelper output)
{
    [Fact]
    public void Soap_follows_its_textbook() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        // Both preconditioners must have full rank, or which basis of their kernel a decomposition gives would show: square matrices, or one side alone.
        int n = draw.Integer(1, 6);
        var layout = Layout.Of(
            new TensorShape("square", n, n), new TensorShape("wide", n, n + 7), new TensorShape("tall", n + 7, n), new TensorShape("vector", draw.Integer(0, 5)),
            new TensorShape("scalar"), new TensorShape("unpreconditioned", n + 7, n + 7));
        var rule = new Soap
        {
            LearningRate = Textbook.Any(draw, 0, 0.1), Beta1 = Textbook.Any(draw, 0, 0.99), Beta2 = Textbook.Any(draw, 0.5, 0.999),
            ShampooBeta = Textbook.Any(draw, 0.5, 0.99), Epsilon = draw.Of(1e-8, 1e-3), WeightDecay = draw.Of<Schedule>(0, 0.01, Textbook.Any(draw, 0, 1)),
            PreconditionFrequency = draw.Integer(1, 5), MaxPreconditionerDimension = n,
        };
        double[] start = draw.Numbers(layout.Length, draw.Plain);
        double[][] gradients = [.. Enumerable.Range(0, 30).Select(_ => draw.Numbers(layout.Length, draw.Plain))];
        TensorTextbook.Check<double>(rule, layout, start, gradients, (r, dimensions) => new TextbookSoap((Soap)r, dimensions), 1e-7);
    }, 60);

    [Fact]
    public void Soap_in_its_own_basis_is_AdamW_one_step_late_to_the_bit() => Law.Check(output, Scenario.From(OwnBasis), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var rule = (Soap)s.Rule;
            var adam = new AdamW { LearningRate = rule.LearningRate, Beta1 = rule.Beta1, Beta2 = rule.Beta2, Epsilon = rule.Epsilon, WeightDecay = rule.WeightDecay };
            var soap = s.Run<T>();
            OptimizerState<T> all = s.Run<T>(adam), late = (s with { Gradients = s.Gradients[1..] }).Run<T>(adam);
            foreach (var shape in s.Layout.Where(shape => !shape.Dimensions.Contains(1)))
            {
                var expected = shape.Dimensions.Count >= 2 ? late : all;
                Same.Bits(expected.Parameters[shape.Name].Span, soap.Parameters[shape.Name].Span, shape.Name);
            }
        }
    }, 60);

    [Fact]
    public void Where_there_is_no_matrix_Soap_is_AdamW_to_the_bit()
    {
        var layout = Layout.Of(new TensorShape("v", 37), new TensorShape("s"), new TensorShape("none", 0, 3));
        var draw = new Draw(3, 100);
        TensorSet<double>[] sets = [.. Enumerable.Range(0, 5).Select(_ => TensorSet.Generate(layout, _ => draw.Plain()))];
        var rule = new Soap();
        var adam = new AdamW { LearningRate = rule.LearningRate, Beta1 = rule.Beta1, Beta2 = rule.Beta2 };
        Same.Bits(Optimizer.Fold(Optimizer.Init(adam, sets[0]), sets[1..]).Parameters, Optimizer.Fold(Optimizer.Init(rule, sets[0]), sets[1..]).Parameters);
    }

    [Fact]
    public void Bases_stay_orthonormal_and_preconditioners_symmetric() => Law.Check(output, Scenario.From(Any, draw => draw.Moderate(), (2, 12)), s =>
    {
        Check<double>(s, 1e-13);
        Check<float>(s, 1e-6);

        static void Check<T>(Scenario s, double tolerance)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            foreach (var slot in s.Run<T>().Slots.Where(slot => slot.Key.Contains('_', StringComparison.Ordinal) && slot.Key[0] is 'G' or 'Q'))
            {
                foreach (var tensor in slot.Value.Layout.Where(tensor => tensor.Dimensions.Count == 2))
                {
                    int n = tensor.Dimensions[0];
                    var x = Matrix<double>.Build.DenseOfRowMajor(n, n, slot.Value[tensor.Name].ToArray().Select(double.CreateTruncating));
                    if (slot.Key[0] == 'G')
                    {
                        Assert.Equal(x.Transpose(), x);
                    }
                    else
                    {
                        Same.Close(
                            Matrix<double>.Build.DenseIdentity(n).ToRowMajorArray(), x.TransposeThisAndMultiply(x).ToRowMajorArray(), tolerance * n, 1, slot.Key);
                    }
                }
            }
        }
    }, 40);

    [Fact]
    public void Soap_turns_with_its_matrix() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        int n = draw.Integer(1, 6);
        var layout = Layout.Of(new TensorShape("w", n, n));
        Matrix<double> Random() => Matrix<double>.Build.DenseOfRowMajor(n, n, draw.Numbers(n * n, draw.Plain));
        Matrix<double> left = Random().QR().Q, right = Random().QR().Q;
        OptimizerState<double> plain = Optimizer.Init(new Soap { PreconditionFrequency = draw.Integer(1, 4) }, TensorSet.Filled(layout, 0.0)), turned = plain;
        for (int t = 0; t < 12; t++)
        {
            var gradient = Random();
            plain = plain.Step(TensorSet.OfTensors(Tensor.Of("w", gradient))).Item1;
            turned = turned.Step(TensorSet.OfTensors(Tensor.Of("w", left * gradient * right))).Item1;
        }

        Same.Close((left * plain.Parameters["w"].ToMatrix() * right).ToRowMajorArray(), turned.Parameters["w"].ToMatrix().ToRowMajorArray(), 1e-8, 0.01);
    }, 40);

    [Fact]
    public void A_basis_of_columns_is_orthonormal_whatever_their_rank() => Law.Check(output, Cases.Of(draw => draw), draw =>
    {
        // Columns repeated, zero, huge and tiny; each column in a row.
        int n = draw.Integer(1, 12), rank = draw.Integer(0, n);
        double[][] columns = [.. Enumerable.Range(0, n).Select(_ => draw.Numbers(n, draw.Plain))];
        double scale = draw.Of(1e-300, 1e-20, 1, 1e150, 1e300);
        double[] matrix = [.. Enumerable.Range(0, n).SelectMany(k => k < rank ? columns[k] : draw.Coin() ? new double[n] : columns[draw.Integer(0, Math.Max(0, rank - 1))]).Select(x => x * scale)];
        var before = Matrix<double>.Build.DenseOfColumnMajor(n, n, matrix);
        var q = Matrix<double>.Build.DenseOfColumnMajor(n, n, Orthonormal.Columns([.. matrix], n, new Engine(1)));
        Same.Close(Matrix<double>.Build.DenseIdentity(n).ToRowMajorArray(), q.TransposeThisAndMultiply(q).ToRowMajorArray(), 1e-14 * n, 1);

        // Q^T A is upper triangular.
        var r = q.TransposeThisAndMultiply(before / before.Enumerate().Select(Math.Abs).Append(1e-308).Max());
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Same.Close(0, r[i, j], 1e-13, n);
            }
        }
    });

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void What_is_not_finite_makes_its_matrix_NaN_and_no_other(double bad)
    {
        var layout = Layout.Of(new TensorShape("a", 3, 2), new TensorShape("b", 2, 2), new TensorShape("c", 3, 2));
        for (int when = 0; when < 3; when++)
        {
            var state = Optimizer.Init(new Soap { PreconditionFrequency = 1 }, TensorSet.Filled(layout, 1.0));
            for (int t = 0; t < 4; t++)
            {
                state = state.Step(TensorSet.Generate(layout, i => t == when && i is 1 or 7 ? bad : 0.5 + (i * (t + 1) % 3))).Item1;
            }

            Assert.All(state.Parameters["a"].ToArray().Concat(state.Parameters["b"].ToArray()), x => Assert.True(double.IsNaN(x)));
            Assert.All(state.Parameters["c"].ToArray(), x => Assert.True(double.IsFinite(x)));
        }
    }

    [Fact]
    public void A_square_beyond_float_leaves_nothing_that_is_not_finite_in_the_parameters()
    {
        var layout = Layout.Of(new TensorShape("w", 3, 2), new TensorShape("b", 3));
        var draw = new Draw(1, 100);
        var state = Optimizer.Init(new Soap { PreconditionFrequency = 2 }, TensorSet.Filled(layout, 1f));
        for (int t = 0; t < 6; t++)
        {
            state = state.Step(TensorSet.Generate(layout, _ => (float)draw.Plain() * 1e20f)).Item1;
        }

        Assert.All(state.Parameters.ToArray(), x => Assert.True(float.IsFinite(x)));
    }

    // No schedule: one step late it would be read at another step.
    private static Soap OwnBasis(Draw draw) => Any(draw) with { MaxPreconditionerDimension = 1, LearningRate = draw.Fraction(), WeightDecay = draw.Of(0, 0.01) };

    private static Soap Any(Draw draw) => new()
    {
        LearningRate = Textbook.Any(draw, 0, 0.1), Beta1 = draw.Fraction(), Beta2 = draw.Fraction(), ShampooBeta = draw.Fraction(), Epsilon = draw.Of(1e-8, 1e-3),
        WeightDecay = draw.Of<Schedule>(0, 0.01, Textbook.Any(draw, 0, 1)), PreconditionFrequency = draw.Integer(1, 4),
    };
}
