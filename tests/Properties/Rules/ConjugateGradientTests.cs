using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>Nonlinear conjugate gradients, and gradient descent with a line search.</summary>
public class ConjugateGradientTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(ConjugateGradientForm.PolakRibierePlus)]
    [InlineData(ConjugateGradientForm.HagerZhang)]
    public void On_a_quadratic_with_exact_steps_the_directions_are_conjugate_and_n_of_them_suffice(ConjugateGradientForm form) => Law.Check(
        output, Cases.Of(draw => (Curvatures: draw.Numbers(draw.Integer(1, 5), () => 0.5 + (3 * draw.Fraction())), Start: draw.Numbers(5, () => 1 + draw.Fraction()))), c =>
        {
            int n = c.Curvatures.Length;
            Tuple<double, TensorSet<double>> Objective(TensorSet<double> p) => Tuple.Create(
                p.ToArray().Zip(c.Curvatures, (x, a) => a * x * x / 2).Sum(), TensorSet.OfArray([.. p.ToArray().Zip(c.Curvatures, (x, a) => a * x)]));

            // A search as good as exact.
            var rule = new NonlinearConjugateGradient { Form = form, LineSearch = new StrongWolfe { Armijo = 1e-12, Curvature = 1e-10, MaxTrials = 100 } };
            var state = Optimizer.Init(rule, TensorSet.OfArray(c.Start[..n]));
            var directions = new List<double[]>();
            double before = Objective(state.Parameters).Item1;
            for (int step = 0; step < n; step++)
            {
                state = Optimizer.StepOn(state, Objective).Item1;
                double[] d = state.Slots["d"].ToArray();
                Assert.All(directions, other => Assert.InRange(Math.Abs(Product(other, d)), 0, 1e-5 * Math.Sqrt(Product(other, other) * Product(d, d))));
                directions.Add(d);
                if (state.Parameters.Norm() < 1e-7)
                {
                    break;
                }
            }

            Assert.InRange(Objective(state.Parameters).Item1, 0, 1e-9 * before);

            double Product(double[] left, double[] right) => left.Zip(right, (x, y) => x * y).Zip(c.Curvatures, (xy, a) => xy * a).Sum();
        }, 100);

    [Fact]
    public void The_direction_is_that_of_the_formula()
    {
        foreach (var form in Enum.GetValues<ConjugateGradientForm>())
        {
            var state = Optimizer.Init(new NonlinearConjugateGradient { Form = form }, TensorSet.OfArray([-1.2, 1, 0.5, 2]));
            for (int step = 0; step < 8; step++)
            {
                var (last, lastGradient) = (state.Slots["d"], state.Slots["prev_grad"]);
                var gradient = TestProblems.Rosenbrock(state.Parameters).Item2;
                double moved = state.Scalars["t"];
                state = Optimizer.StepOn(state, TestProblems.Rosenbrock).Item1;
                if (moved == 0)
                {
                    continue;
                }

                var y = gradient - lastGradient;
                double along = last.Dot(y), beta = form == ConjugateGradientForm.PolakRibierePlus
                    ? Math.Max(0, gradient.Dot(y) / lastGradient.Dot(lastGradient))
                    : Math.Max((y.Dot(gradient) - (2 * last.Dot(gradient) * y.Dot(y) / along)) / along, -1 / (last.Norm() * Math.Min(0.01, lastGradient.Norm())));
                var expected = last.Scale(beta) - gradient;
                expected = expected.Dot(gradient) < 0 ? expected : gradient.Scale(-1);
                Same.Close(expected.ToArray(), state.Slots["d"].ToArray(), 1e-9, expected.Norm());
            }
        }
    }

    [Fact]
    public void Both_find_the_minimum_of_the_test_problems_and_conjugate_gradients_sooner()
    {
        foreach (var (start, objective) in new (double[], Func<TensorSet<double>, Tuple<double, TensorSet<double>>>)[] { ([-1.2, 1], TestProblems.Rosenbrock), ([0, 0], TestProblems.Himmelblau), ([0, 0], TestProblems.Booth), ([1, 1], TestProblems.Beale) })
        {
            StopConditions stop = new() { GradientTolerance = 1e-5, MaxSteps = 100_000 };
            var descent = Optimizer.Minimize(new GradientDescent(), TensorSet.OfArray(start), objective, stop);
            var conjugate = Optimizer.Minimize(new NonlinearConjugateGradient(), TensorSet.OfArray(start), objective, stop);
            output.WriteLine($"gradient descent: {descent}, {descent.Evaluations} evaluations; conjugate gradients: {conjugate}, {conjugate.Evaluations}");
            Assert.True(descent.Loss < 1e-8 && conjugate.Loss < 1e-8);
            Assert.Equal((ExitReason.GradientBelowTolerance, ExitReason.GradientBelowTolerance), (descent.Reason, conjugate.Reason));
        }
    }

    [Fact]
    public void A_wrong_gradient_ends_without_progress_and_is_counted()
    {
        foreach (Rule rule in new Rule[] { new GradientDescent(), new NonlinearConjugateGradient(), new OwlQn { L1 = [0.1] } })
        {
            var end = Optimizer.Minimize(rule, TensorSet.OfArray([3.0, -2]), p => Tuple.Create(p.Dot(p), p.Scale(-2)));
            Assert.Equal((ExitReason.NoProgress, 1L), (end.Reason, end.LineSearchFailures));
            Assert.Equal([3.0, -2], end.Parameters.ToArray());
        }
    }
}
