using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Optim.Execution;
using Optim.LinearAlgebra;
using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Law 42, and what Muon does with what is no matrix.</summary>
public class MuonTests(ITestOutputHelper output)
{
    [Fact]
    public void Muon_follows_its_textbook() => TensorTextbook.Agrees(
        output,
        draw => new Muon
        {
            LearningRate = Textbook.Any(draw, 0, 0.5), Momentum = Textbook.Any(draw, 0, 0.99), Nesterov = draw.Coin(),
            WeightDecay = draw.Of<Schedule>(0, 0.1, Textbook.Any(draw, 0, 1)), Epsilon = draw.Of(1e-7, 1e-3, 0), AddEpsilonToNorm = draw.Coin(),
            NewtonSchulzSteps = draw.Integer(1, 6), ShapeFactor = draw.Of(MuonShapeFactor.Original, MuonShapeFactor.MatchRmsAdamW),
            Fallback = new AdamW { LearningRate = Textbook.Any(draw, 0, 0.1), Beta1 = draw.Fraction(), WeightDecay = draw.Of(0, 0.1) },
        },
        (rule, dimensions) => new TextbookMuon((Muon)rule, dimensions), count: 30);

    [Fact]
    public void Law_42_Newton_Schulz_does_not_see_the_scale_and_transposes_with_its_matrix() => Law.Check(output, Matrices(), m =>
    {
        double[] plain = Orthogonal(m.Rows, m.Columns, m.Elements);
        foreach (double power in new[] { 4.0, 0.125, 1e20 })
        {
            // Powers of two scale every rounding with them.
            Same.Close(plain, Orthogonal(m.Rows, m.Columns, [.. m.Elements.Select(x => x * power)]), power < 1e10 ? 0 : 1e-10, 1);
        }

        double[] turned = new double[plain.Length], back = new double[plain.Length];
        Product.Transpose<double>(m.Elements, turned, m.Rows, m.Columns);
        Product.Transpose<double>(Orthogonal(m.Columns, m.Rows, turned), back, m.Columns, m.Rows);
        Same.Close(plain, back, 1e-11, 1);
    });

    [Fact]
    public void Law_42_singular_values_come_into_the_band_and_the_singular_vectors_stay() => Law.Check(output, Matrices(), m =>
    {
        var before = Matrix<double>.Build.DenseOfRowMajor(m.Rows, m.Columns, m.Elements).Svd();
        double[] elements = Orthogonal(m.Rows, m.Columns, m.Elements);
        var after = Matrix<double>.Build.DenseOfRowMajor(m.Rows, m.Columns, elements);
        double norm = before.S.L2Norm();

        // O = U f(S) V^T with the polynomial f five times over: its values where the law can see them, by U^T O V.
        var diagonal = before.U.TransposeThisAndMultiply(after).Multiply(before.VT.Transpose());
        for (int i = 0; i < Math.Min(m.Rows, m.Columns); i++)
        {
            double s = before.S[i] / norm;
            for (int step = 0; step < 5; step++)
            {
                s = (3.4445 * s) - (4.7750 * Math.Pow(s, 3)) + (2.0315 * Math.Pow(s, 5));
            }

            Same.Close(s, diagonal[i, i], 1e-9, 1);
            if (before.S[i] > norm / 200)
            {
                Assert.InRange(diagonal[i, i], 0.68, 1.21);
            }
        }
    });

    [Fact]
    public void A_filter_of_higher_rank_is_the_matrix_of_its_first_dimension_and_the_rest()
    {
        TensorSet<double> Set(int seed, params int[] dimensions)
        {
            var draw = new Draw(seed, 100);
            return TensorSet.Generate(Layout.Of(new TensorShape("w", dimensions)), _ => draw.Plain());
        }

        var filter = Optimizer.Init(new Muon(), Set(1, 4, 3, 2, 2)).Step(Set(2, 4, 3, 2, 2)).Item1;
        var matrix = Optimizer.Init(new Muon(), Set(1, 4, 12)).Step(Set(2, 4, 12)).Item1;
        Same.Bits(matrix.Parameters.Span, filter.Parameters.Span);
    }

    [Fact]
    public void Vectors_and_scalars_follow_the_fallback_to_the_bit() => Law.Check(output, Scenario.From(draw => new Muon { Fallback = AnyRule.InnerThatMoves(draw) }), s =>
    {
        Check<float>(s);
        Check<double>(s);

        static void Check<T>(Scenario s)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var state = s.Begin<T>();
            var others = s.Layout.Where(shape => shape.Dimensions.Count < 2).ToArray();
            TensorSet<T> Others(TensorSet<T> set) => TensorSet.OfTensors([.. others.Select(shape => set[shape.Name])]);
            var alone = Optimizer.Init(((Muon)s.Rule).Fallback, Others(s.StartOf<T>()));
            foreach (var gradient in s.GradientsOf<T>())
            {
                state = (s.Gradients.Length % 2 == 0 ? state.Donate() : state).Step(gradient).Item1;
                alone = alone.Step(Others(gradient)).Item1;
                Same.Bits(alone.Parameters, Others(state.Parameters));
                Same.Bits(alone.EvaluationParameters, Others(state.EvaluationParameters));
            }

            Assert.Equal(alone.Scalars.Values, state.Scalars.Values);
            foreach (var (own, part) in alone.Slots.Values.Zip(state.Slots.Values))
            {
                Same.Bits(own.Span, part.Span, "slot");
            }
        }
    }, 60);

    [Fact]
    public void A_fallback_with_norms_and_clipping_sees_no_matrix()
    {
        var layout = Layout.Of(new TensorShape("w", 2, 2), new TensorShape("b", 2));
        var rule = new Muon { Fallback = new ClipByGlobalNorm(1).Then(new Sgd { LearningRate = 1, Momentum = 0.5 }) };
        var state = Optimizer.Init(rule, TensorSet.Filled(layout, 0.0));
        var next = state.Donate().Step(TensorSet.Generate(layout, i => i < 4 ? 1e6 : i - 1.0)).Item1;
        Same.Close([-3 / 5.0, -4 / 5.0], next.Parameters["b"].ToArray(), 1e-6);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void What_is_not_finite_makes_its_matrix_NaN(double bad)
    {
        var layout = Layout.Of(new TensorShape("a", 3, 2), new TensorShape("b", 2, 3), new TensorShape("c", 2, 2));
        var next = Optimizer.Init(new Muon(), TensorSet.Filled(layout, 1.0)).Step(TensorSet.Generate(layout, i => i is 1 or 7 ? bad : 0.5 + (i % 3))).Item2;
        Assert.All(next["a"].ToArray().Concat(next["b"].ToArray()), x => Assert.True(double.IsNaN(x)));
        Assert.All(next["c"].ToArray(), x => Assert.True(double.IsFinite(x)));
    }

    [Fact]
    public void A_square_beyond_float_does_not_overflow()
    {
        var layout = Layout.Of(new TensorShape("w", 3, 5));
        var draw = new Draw(1, 100);
        float[] g = [.. Enumerable.Range(0, 15).Select(_ => (float)draw.Plain())];
        var small = Optimizer.Init(new Muon(), TensorSet.Filled(layout, 0f)).Step(TensorSet.OfValues<float>(layout, g)).Item2;
        var large = Optimizer.Init(new Muon(), TensorSet.Filled(layout, 0f)).Step(TensorSet.OfValues<float>(layout, Array.ConvertAll(g, x => x * 1e20f))).Item2;
        Same.Close(Array.ConvertAll(small.ToArray(), x => (double)x), Array.ConvertAll(large.ToArray(), x => (double)x), 1e-4, 1e-3);
    }

    private static double[] Orthogonal(int rows, int columns, double[] elements)
    {
        double[] x = [.. elements];
        NewtonSchulz.Orthogonalize<double>(x, rows, columns, Math.Sqrt(x.Sum(y => y * y)), NewtonSchulz.Original, 5, new Engine(1));
        return x;
    }

    private static FsCheck.Arbitrary<(int Rows, int Columns, double[] Elements)> Matrices() => Cases.Of(draw =>
    {
        int rows = draw.Integer(1, 12), columns = draw.Integer(1, 12);
        return (rows, columns, draw.Numbers(rows * columns, draw.Plain));
    });
}
