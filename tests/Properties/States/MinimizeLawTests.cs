using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.States;

/// <summary>Laws 56 and 57: what a minimization says of its end, and how often it asks, for any rule on any function.</summary>
public class MinimizeLawTests(ITestOutputHelper output)
{
    [Fact]
    public void Law_56_what_has_converged_has_a_small_gradient_or_a_loss_that_is_the_same_at_different_points()
    {
        var reasons = new Dictionary<ExitReason, int>();
        Law.Check(output, Cases.Of(AnyRun), c =>
        {
            var run = Watched.Run(c.Rule, c.Start, c.Function, c.Stop);
            reasons[run.End.Reason] = reasons.GetValueOrDefault(run.End.Reason) + 1;
            if (run.End.Reason == ExitReason.GradientBelowTolerance)
            {
                Assert.True(run.End.GradientNorm <= c.Stop.GradientTolerance);
            }

            if (run.End.Reason == ExitReason.LossChangeBelowTolerance)
            {
                // The last two points that steps began at; between them, how the loss changed.
                var (last, before) = (run.Begun[^1], run.Begun.Last(point => !point.Point.Equals(run.Begun[^1].Point)));
                Assert.True(Math.Abs(last.Loss - before.Loss) <= c.Stop.LossTolerance * Math.Max(1, Math.Abs(last.Loss)));
            }
        }, 1500);
        output.WriteLine(string.Join(", ", reasons));
        Assert.True(reasons.Count >= 4, "too few endings were seen");
    }

    [Fact]
    public void Law_57_no_point_is_evaluated_twice()
    {
        Law.Check(output, Cases.Of(AnyRun), c =>
        {
            Watched.Run(c.Rule, c.Start, c.Function, c.Stop);
            Watched.Run<float>(
                c.Rule, TensorSet.OfArray([.. c.Start.Select(x => (float)x)]), p =>
                {
                    var (loss, gradient) = c.Function([.. p.ToArray().Select(x => (double)x)]);
                    return Tuple.Create(loss, TensorSet.OfArray([.. gradient.Select(x => (float)x)]));
                }, c.Stop);
        }, 700);
    }

    /// <summary>A rule, or one within wrappers, on a function that is smooth or not, has a minimum or not, its gradient right or not.</summary>
    private static (Rule Rule, double[] Start, Func<double[], (double, double[])> Function, StopConditions Stop) AnyRun(Draw draw)
    {
        Schedule rate = draw.Integer(0, 3) switch
        {
            0 => 0,
            1 => Schedule.Constant(0).Then(0.1, draw.Integer(5, 25)),
            _ => Math.Pow(10, (3 * draw.Fraction()) - 2),
        };
        LineSearch search = draw.Of<LineSearch>(new StrongWolfe(), new MoreThuente(), new HagerZhang(), new Backtracking());
        Rule rule = draw.Integer(0, 9) switch
        {
            0 => new Sgd { LearningRate = rate },
            1 => new Adam { LearningRate = rate },
            2 => new RandomSearch { Radius = rate, Candidates = 3 },
            3 => new Sam { Inner = new Sgd { LearningRate = rate } },
            4 => new Lbfgs { LearningRate = rate },
            5 => new Lbfgs { LineSearch = search },
            6 => new LbfgsB { LineSearch = search, Lower = [-3], Upper = [20] },
            7 => new NonlinearConjugateGradient { LineSearch = search, Form = draw.Of(ConjugateGradientForm.PolakRibierePlus, ConjugateGradientForm.HagerZhang) },
            8 => new GradientDescent { LineSearch = search },
            _ => new Lbfgs { MaxIterations = draw.Integer(1, 8), HistorySize = draw.Integer(1, 4) },
        };
        rule = draw.Integer(0, 3) switch { 0 when !rule.DeclareComposition().EvaluatesObjective => new Accumulate(rule, draw.Integer(1, 20)), 1 => new Lookahead { Inner = rule }, _ => rule };
        double[] start = draw.Numbers(draw.Integer(1, 4), () => draw.Plain());
        double a = Math.Pow(10, (6 * draw.Fraction()) - 3), offset = Math.Pow(10, (20 * draw.Fraction()) - 10), wrong = draw.Integer(0, 5) == 0 ? -1 : 1;
        int kind = draw.Integer(0, 4);
        return (rule, start, Function, new()
        {
            MaxSteps = draw.Integer(1, 60), GradientTolerance = draw.Integer(0, 1) * 1e-8, LossTolerance = draw.Integer(0, 1) * 1e-9, Patience = draw.Integer(1, 12),
        });

        (double, double[]) Function(double[] x)
        {
            double f = offset;
            double[] g = new double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                double s = a * (i + 1), u = x[i] - 1;
                (double value, double slope) = kind switch
                {
                    0 => (s * u * u, 2 * s * u),
                    1 => (s * Math.Abs(u), s * Math.Sign(u)),
                    2 => (s * x[i], s),
                    3 => (7, 1),
                    _ => ((s * u * u) + Math.Cos(5 * u), (2 * s * u) - (5 * Math.Sin(5 * u))),
                };
                f += value;
                g[i] = wrong * slope;
            }

            return (f, g);
        }
    }
}
