using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Objectives;

/// <summary>Numerical gradients, and what is made of them.</summary>
public class GradientCheckTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Point = TensorSet.OfTensors(
        Tensor.OfSpan<double>(new TensorShape("weights", 2, 2), [0.5, -1, 2, 3]), Tensor.OfSpan<double>(new TensorShape("none", 0), []), Tensor.OfScalar("bias", -0.7));

    [Fact]
    public void Numerical_gradients_are_right_whatever_the_magnitude_of_each_parameter() => Law.Check(output, Cases.Of(draw => draw.Numbers(draw.Integer(1, 8), draw.Moderate)), x =>
    {
        // Each parameter has its own magnitude, in which the function bends.
        double Loss(TensorSet<double> p) => p.ToArray().Select((v, i) => Math.Pow(v / x[i], 3)).Sum();
        var gradient = NumericalGradient.Of<double>(Loss, TensorSet.OfArray(x), scale: 1e-3);
        Same.Close([.. x.Select(v => 3 / v)], gradient.ToArray(), 1e-8);
    });

    [Fact]
    public void The_number_of_threads_does_not_show()
    {
        var point = TensorSet.Generate(Layout.OfVector(101), i => Math.Sin(i));
        double Loss(TensorSet<double> p) => TestProblems.Rosenbrock(p).Item1;
        var one = NumericalGradient.Of<double>(Loss, point, maxThreads: 1);
        Assert.All(new[] { 2, 3, 64, 1000 }, threads => Assert.Equal(one, NumericalGradient.Of<double>(Loss, point, maxThreads: threads)));
        Assert.Equal(TensorSet.Generate(Layout.OfVector(101), i => Math.Sin(i)), point);
    }

    [Fact]
    public void A_right_gradient_is_called_right()
    {
        var check = GradientCheck.Of(Bowl.Objective, Point);
        Assert.Equal(GradientVerdict.Right, check.Verdict);
        Assert.Equal(5, check.Count);
        Assert.Equal(Bowl.Objective(Point).Item1, check.Loss);
        Assert.InRange(check.LargestError, 0, 1e-8);
        Assert.StartsWith("Right: the largest relative error of 5 parameters is ", check.ToString(), StringComparison.Ordinal);
        Assert.Equal(GradientVerdict.Right, GradientCheck.Of(Bowl.Objective, TensorSet.OfArray([0.5f, -3, 0, 1e-20f])).Verdict);
        Assert.Equal(GradientVerdict.Right, GradientCheck.Of(Bowl.Objective, TensorSet.OfArray<double>([])).Verdict);
    }

    [Theory]
    [InlineData(1.1, GradientVerdict.Wrong)]
    [InlineData(-1, GradientVerdict.Wrong)]
    [InlineData(double.NaN, GradientVerdict.Wrong)]
    [InlineData(double.PositiveInfinity, GradientVerdict.Wrong)]
    [InlineData(1.0001, GradientVerdict.Doubtful)]
    [InlineData(1, GradientVerdict.Right)]
    public void A_wrong_derivative_is_found_and_named(double factor, GradientVerdict verdict)
    {
        // Index 2 of the first tensor.
        var check = GradientCheck.Of(p => Tuple.Create(Bowl.Objective(p).Item1, Spoilt(Bowl.Objective(p).Item2)), Point, listed: 2);
        Assert.Equal(verdict, check.Verdict);
        Assert.Equal(2, check.Worst.Count);
        if (verdict != GradientVerdict.Right)
        {
            var worst = check.Worst[0];
            Assert.Equal(("weights", 2), (worst.Tensor, worst.Index));
            Assert.Equal(10 * factor, worst.Analytic);
            Assert.Equal(10, worst.Numerical, 1e-8);
            Assert.True(check.Worst[1].RelativeError < 1e-7);
            Assert.Contains("\n  weights[2]: ", check.ToString(), StringComparison.Ordinal);
            Assert.Contains(", by differences 1", check.ToString(), StringComparison.Ordinal);
        }

        TensorSet<double> Spoilt(TensorSet<double> gradient)
        {
            double[] values = gradient.ToArray();
            values[2] *= factor;
            return TensorSet.OfValues<double>(gradient.Layout, values);
        }
    }

    [Fact]
    public void A_large_loss_with_a_small_gradient_is_not_blamed_for_its_rounding()
    {
        var check = GradientCheck.Of(p => Tuple.Create(1e9 + p.Dot(p), p.Scale(2)), TensorSet.OfArray([0.1, 0.2]));
        Assert.Equal(GradientVerdict.Right, check.Verdict);
    }

    [Fact]
    public void An_objective_with_a_numerical_gradient_can_be_minimized()
    {
        var objective = Objective.WithNumericalGradient<double>(p => TestProblems.Rosenbrock(p).Item1);
        Assert.True(Optimizer.Minimize(new Lbfgs(), TensorSet.OfArray([-1.2, 1]), objective).Loss < 1e-9);
    }

    [Fact]
    public void A_failure_of_the_loss_comes_through() => Assert.Throws<InvalidDataException>(
        () => NumericalGradient.Of<double>(p => p.Span[3] > 3 ? throw new InvalidDataException() : 0, Point));

    [Fact]
    public void Nonsense_is_refused()
    {
        Refused.With<ArgumentOutOfRangeException>("scale must be more than 0", () => NumericalGradient.Of<double>(_ => 0, Point, 0));
        Refused.With<ArgumentOutOfRangeException>("scale must be more than 0", () => Objective.WithNumericalGradient<double>(_ => 0, double.NaN));
        Refused.With<ArgumentOutOfRangeException>("maxThreads", () => NumericalGradient.Of<double>(_ => 0, Point, maxThreads: 0));
        Refused.With<ArgumentOutOfRangeException>("tolerance must be in (0, 1]", () => GradientCheck.Of(Bowl.Objective, Point, 2));
        Refused.With<ArgumentOutOfRangeException>("listed must be", () => GradientCheck.Of(Bowl.Objective, Point, listed: 0));
        Refused.With<ArgumentException>("must return the loss and its gradient", () => GradientCheck.Of<double>(_ => null!, Point));
    }
}
