using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Rules;

/// <summary>The best of what was drawn is kept, and what is drawn is decided by the seed and the step.</summary>
public class RandomSearchTests(ITestOutputHelper output)
{
    private static readonly TensorSet<double> Start = TensorSet.OfArray([1.0, -2]);

    [Fact]
    public void The_best_candidate_is_kept_if_it_is_better() => Law.Check(
        output,
        Scenario.From(draw => new RandomSearch { Radius = draw.Of(0, 0.1, 3), Candidates = draw.Integer(1, 5), Seed = draw.Integer(0, 1000) }, draw => draw.Plain(), (1, 1)),
        s =>
        {
            var state = s.Begin<double>();
            var rule = (RandomSearch)s.Rule;
            for (int t = 0; t < 5; t++)
            {
                var seen = new List<(double Loss, double[] Point)>();
                var next = Optimizer.StepOn(state, p =>
                {
                    var evaluation = Bowl.Objective(p);
                    seen.Add((evaluation.Item1, p.ToArray()));
                    return evaluation;
                }).Item1;
                Assert.Equal(rule.Candidates + 1, seen.Count);
                Assert.Equal(seen.MinBy(c => c.Loss).Point, next.Parameters.ToArray());
                Assert.All(seen, c => Assert.All(c.Point.Zip(seen[0].Point), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= rule.Radius.At(0) * 1.000001)));
                state = next;
            }
        });

    [Fact]
    public void The_candidates_follow_from_seed_step_and_number_and_fill_the_cube()
    {
        double[][] Points(int seed, int steps)
        {
            var points = new List<double[]>();
            var state = Optimizer.Init(new RandomSearch { Seed = seed, Radius = 1, Candidates = 500 }, Start);
            for (int t = 0; t < steps; t++)
            {
                state = Optimizer.StepOn(state, p =>
                {
                    points.Add(p.ToArray());
                    return Tuple.Create(0.0, p);
                }).Item1;
            }

            return [.. points.Where(p => p[0] != 1)];
        }

        double[][] points = Points(7, 2);
        Assert.Equal(points, Points(7, 2));
        Assert.Empty(points.Select(p => p[0]).Intersect(Points(8, 2).Select(p => p[0])));
        Assert.Equal(2000, points.SelectMany(p => p).Distinct().Count());
        foreach (int i in new[] { 0, 1 })
        {
            double[] moved = [.. points.Select(p => p[i] - Start.Span[i])];
            Assert.All(moved, x => Assert.InRange(x, -1, 1));
            Assert.Equal(0, moved.Average(), 0.06);
            Assert.Equal(1.0 / 3, moved.Average(x => x * x), 0.03);
        }
    }

    [Fact]
    public void It_needs_no_gradient()
    {
        var objective = Objective.WithoutGradient<double>(p => Math.Abs(p.Span[0] - 3) + Math.Abs(p.Span[1]));
        var rule = new RandomSearch { Radius = new WarmupCosineSchedule(0.5, 0, 300) { EndValue = 0.001 } };
        var result = Optimizer.Minimize(rule, Start, objective, new() { MaxSteps = 300, GradientFree = true, Patience = 1000 });
        Assert.Equal(ExitReason.MaxStepsReached, result.Reason);
        Assert.True(result.Loss < 0.02, result.ToString());
        Assert.True(double.IsNaN(result.GradientNorm));
        Assert.Equal(ExitReason.NonFinite, Optimizer.Minimize(rule, Start, objective).Reason);
    }

    [Fact]
    public void A_loss_that_is_NaN_is_the_worst()
    {
        var rule = new RandomSearch { Candidates = 20, Radius = 1 };
        static Tuple<double, TensorSet<double>> Half(TensorSet<double> p) => Tuple.Create(p.Span[0] > 1 ? p.Span[0] : double.NaN, p);
        Assert.True(Optimizer.StepOn(Optimizer.Init(rule, Start), Half).Item2.Span[0] > 1);
        Assert.True(Optimizer.StepOn(Optimizer.Init(rule, TensorSet.OfArray([1.5, 0])), Half).Item2.Span[0] is > 1 and <= 1.5);
    }
}
