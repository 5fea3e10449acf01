using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Objectives;

/// <summary>The test problems, whose gradients numerical ones confirm.</summary>
public class TestProblemTests(ITestOutputHelper output)
{
    private static readonly (string Name, int? Length, Func<TensorSet<double>, Tuple<double, TensorSet<double>>> Double, Func<TensorSet<float>, Tuple<double, TensorSet<float>>> Single)[] Problems =
    [
        ("rosenbrock", null, TestProblems.Rosenbrock, TestProblems.Rosenbrock),
        ("himmelblau", 2, TestProblems.Himmelblau, TestProblems.Himmelblau),
        ("beale", 2, TestProblems.Beale, TestProblems.Beale),
        ("booth", 2, TestProblems.Booth, TestProblems.Booth),
        ("styblinski_tang", null, TestProblems.StyblinskiTang, TestProblems.StyblinskiTang),
        ("quadratic", 2, TestProblems.Quadratic<double>(new double[,] { { 3, 1 }, { 1, 2 } }, [1, -1]), TestProblems.Quadratic<float>(new double[,] { { 3, 1 }, { 1, 2 } }, [1, -1])),
        ("logistic", 2, TestProblems.Logistic<double>(Rows, Labels, 0.1), TestProblems.Logistic<float>(Rows, Labels, 0.1)),
    ];

    private static double[,] Rows => new double[,] { { 1, 2 }, { -0.5, 3 }, { 0, -1 } };

    private static double[] Labels => [1, -1, 1];

    [Fact]
    public void The_gradients_are_right_in_float_and_double() => Law.Check(output, Cases.Of(draw => draw.Numbers(draw.Integer(1, 6), () => draw.Plain() / 4)), x =>
    {
        foreach (var (name, length, objective, single) in Problems)
        {
            double[] point = length is null ? x : [x[0], x[^1] / 2];
            var check = GradientCheck.Of(objective, TensorSet.OfArray(point));
            Assert.True(check.Verdict == GradientVerdict.Right, $"{name}: {check}");

            // Differences in float are too coarse where a slope is nearly 0; the same point in double is not.
            float[] near = Array.ConvertAll(point, p => (float)p);
            double[] expected = objective(TensorSet.OfArray(Array.ConvertAll(near, p => (double)p))).Item2.ToArray();
            double[] actual = Array.ConvertAll(single(TensorSet.OfArray(near)).Item2.ToArray(), g => (double)g);
            Same.Close(expected, actual, 1e-5, expected.Select(Math.Abs).Append(100).Max(), name);
        }
    }, 50);

    [Fact]
    public void The_minima_are_where_the_literature_has_them()
    {
        (string Name, double Value, double[] At)[] minima =
        [
            ("rosenbrock", 0, [1, 1, 1]), ("himmelblau", 0, [3, 2]), ("himmelblau", 0, [-3.779310253377747, -3.283185991286170]), ("beale", 0, [3, 0.5]),
            ("booth", 0, [1, 3]), ("quadratic", 0, [1, -1]), ("styblinski_tang", -2 * 39.16616570377142, [-2.903534027771178, -2.903534027771178]),
        ];
        foreach (var (name, value, at) in minima)
        {
            var (f, gradient) = Problems.Single(p => p.Name == name).Double(TensorSet.OfArray(at));
            Assert.Equal(value, f, 1e-12);
            Assert.All(gradient.ToArray(), g => Assert.Equal(0, g, 1e-12));
        }
    }

    [Fact]
    public void The_logistic_loss_is_that_of_the_platform_and_does_not_overflow() => Law.Check(output, Cases.Of(draw => new[] { draw.Plain(), draw.Plain() }), w =>
    {
        double expected = Enumerable.Range(0, 3).Average(i => Math.Log(1 + Math.Exp(-Labels[i] * ((Rows[i, 0] * w[0]) + (Rows[i, 1] * w[1])))));
        Same.Close(expected, TestProblems.Logistic<double>(Rows, Labels)(TensorSet.OfArray(w)).Item1, 1e-12, 1e-3);
        var (far, gradient) = TestProblems.Logistic<double>(Rows, Labels)(TensorSet.OfArray([1e5 * w[0], 1e5 * w[1]]));
        Assert.True(double.IsFinite(far) && gradient.ToArray().All(double.IsFinite));
    });

    [Fact]
    public void A_problem_may_be_spread_over_tensors()
    {
        var parts = TensorSet.OfTensors(Tensor.OfScalar("x", -1.2), Tensor.OfSpan<double>(new TensorShape("y", 2), [1.0, 0.5]));
        var (value, gradient) = TestProblems.Rosenbrock(parts);
        var (expected, flat) = TestProblems.Rosenbrock(TensorSet.OfArray([-1.2, 1, 0.5]));
        Assert.Equal(expected, value);
        Assert.Equal(parts.Layout, gradient.Layout);
        Assert.Equal(flat.ToArray(), gradient.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var three = TensorSet.OfArray([1.0, 2, 3]);
        Refused.With<ArgumentException>("Beale is a function of 2 parameters here, was given 3", () => TestProblems.Beale(three));
        Refused.With<ArgumentException>("Quadratic is a function of 2 parameters", () => TestProblems.Quadratic<double>(new double[2, 2], [0, 0])(three));
        Refused.With<ArgumentException>("matrix must be 2 by 2, was 2 by 3", () => TestProblems.Quadratic<double>(new double[2, 3], [0, 0]));
        Refused.With<ArgumentException>("symmetric", () => TestProblems.Quadratic<double>(new double[,] { { 1, 2 }, { 3, 4 } }, [0, 0]));
        Refused.With<ArgumentException>("examples must be 1 by 2, was 3 by 2", () => TestProblems.Logistic<double>(Rows, [1]));
        Refused.With<ArgumentException>("each label must be -1 or 1", () => TestProblems.Logistic<double>(Rows, [1, 0, 1]));
        Refused.With<ArgumentException>("There must be examples", () => TestProblems.Logistic<double>(new double[0, 2], []));
        Refused.With<ArgumentOutOfRangeException>("l2 must be 0 or more", () => TestProblems.Logistic<double>(Rows, Labels, -1));
    }
}
