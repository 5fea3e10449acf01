using System.Globalization;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.States;

/// <summary>When a run has diverged or stagnates, to the step.</summary>
public class LossMonitorTests(ITestOutputHelper output)
{
    [Fact]
    public void Losses_that_fall_at_every_step_are_neither_divergent_nor_stagnant() => Law.Check(output, Cases.Of(Any), c =>
    {
        double[] falling = [.. c.Losses.Where(double.IsFinite).Distinct().OrderDescending()];
        var monitor = c.Monitor.WithMinImprovement(0);
        foreach (double loss in falling)
        {
            monitor = monitor.Next(loss);
            Assert.False(monitor.IsDivergent || monitor.IsStagnant, monitor.ToString());
            Assert.Equal((loss, monitor.Steps), (monitor.Best, monitor.BestStep));
        }
    });

    [Fact]
    public void It_says_what_the_whole_list_of_losses_says() => Law.Check(output, Cases.Of(Any), c =>
    {
        var monitor = c.Monitor;
        double best = double.PositiveInfinity, improved = double.PositiveInfinity;
        int divergent = 0, calm = 0;
        for (int t = 0; t < c.Losses.Length; t++)
        {
            double loss = c.Losses[t];
            var finite = c.Losses[..t].Where(double.IsFinite).ToList();
            double limit = finite.Count == 0 ? double.PositiveInfinity : finite.Min() + ((c.Monitor.DivergenceFactor - 1) * Math.Max(1, Math.Abs(finite.Min())));
            divergent = !double.IsFinite(loss) || loss > limit ? divergent + 1 : 0;
            if (double.IsFinite(loss) && (double.IsInfinity(improved) || loss < improved - (c.Monitor.MinImprovement * Math.Max(1, Math.Abs(improved)))))
            {
                (improved, calm) = (loss, 0);
            }
            else
            {
                calm++;
            }

            best = double.IsFinite(loss) ? Math.Min(best, loss) : best;
            monitor = monitor.Next(loss);
            Assert.Equal(best, monitor.Best);
            Assert.Equal(double.IsFinite(best) ? Array.IndexOf(c.Losses, best) + 1 : 0, monitor.BestStep);
            Assert.Equal(divergent >= c.Monitor.DivergencePatience, monitor.IsDivergent);
            Assert.Equal(c.Monitor.StagnationPatience is { } patience && calm >= patience, monitor.IsStagnant);
            Assert.Equal(t + 1, monitor.Steps);
        }
    });

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_not_finite_is_divergent_and_no_best(double loss)
    {
        var monitor = new LossMonitor { DivergenceFactor = double.PositiveInfinity }.Next(loss);
        Assert.True(monitor.IsDivergent);
        Assert.Equal((double.PositiveInfinity, 0), (monitor.Best, monitor.BestStep));
        Assert.False(monitor.Next(1e300).IsDivergent);
    }

    [Fact]
    public void The_bound_holds_for_losses_near_0_and_below()
    {
        Assert.Equal([false, true], new[] { 9.0, 9.1 }.Select(loss => new LossMonitor().Next(0).Next(loss).IsDivergent));
        Assert.Equal([false, true], new[] { 800.0, 801 }.Select(loss => new LossMonitor().Next(80).Next(loss).IsDivergent));
        Assert.Equal([false, true], new[] { 80.0, 81 }.Select(loss => new LossMonitor().WithDivergenceFactor(3).Next(-80).Next(loss).IsDivergent));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Patience_is_exact_to_the_step(int patience)
    {
        var stop = new StopConditions { StagnationPatience = patience, MinImprovement = 0.25 };
        Assert.Equal((ExitReason.Stagnated, 3L + patience), Run(stop, t => t < 4 ? -t : -3.5 + (t % 2)));
        stop = new StopConditions { DivergenceFactor = 2, DivergencePatience = patience };
        Assert.Equal((ExitReason.Diverged, 4L + patience), Run(stop, t => t == 3 ? 20 : t < 5 ? 10 : 20.5));
        stop = new StopConditions { DivergencePatience = patience };
        Assert.Equal((ExitReason.NonFinite, 4L + patience), Run(stop, t => t < 5 ? 10 - t : double.NaN));
        Assert.Equal((ExitReason.NonFinite, 4L + patience), Run(stop, t => 10 - t, t => t < 5 ? 1 : double.PositiveInfinity));

        static (ExitReason, long) Run(StopConditions stop, Func<int, double> loss, Func<int, double>? gradient = null)
        {
            int t = 0;
            var result = Optimizer.Minimize(
                new Scale(0), TensorSet.OfArray([1.0]), _ => Tuple.Create(loss(t), TensorSet.OfArray([gradient?.Invoke(t++) ?? (t++ * 0) + 1])), stop with { MaxSteps = 100, Stochastic = true });
            return (result.Reason, result.Steps);
        }
    }

    [Fact]
    public void A_rule_that_goes_back_recovers_within_the_patience()
    {
        var rule = new RollbackOnDivergence(new Sgd { LearningRate = 1.5 }).WithRateShrink(0.25);
        var patient = Optimizer.Minimize(rule, TensorSet.OfArray([0.75]), Steep, new() { DivergencePatience = 2 });
        Assert.Equal(ExitReason.GradientBelowTolerance, patient.Reason);
        Assert.True(patient.State.Scalars["rollbacks"] >= 1);
        Assert.Equal(ExitReason.NonFinite, Optimizer.Minimize(rule, TensorSet.OfArray([0.75]), Steep).Reason);

        // x^2 within 1 of its minimum, nothing outside.
        static Tuple<double, TensorSet<double>> Steep(TensorSet<double> p) =>
            Tuple.Create(Math.Abs(p.Span[0]) < 1 ? p.Span[0] * p.Span[0] : double.NaN, p.Scale(2));
    }

    [Fact]
    public void Nonsense_is_refused_and_numbers_are_invariant()
    {
        Refused.With<ArgumentOutOfRangeException>("DivergenceFactor must be 1 or more", () => new LossMonitor { DivergenceFactor = 0.5 });
        Refused.With<ArgumentOutOfRangeException>("DivergencePatience must be", () => new LossMonitor { DivergencePatience = 0 });
        Refused.With<ArgumentOutOfRangeException>("StagnationPatience must be", () => new LossMonitor().WithStagnationPatience(0));
        Refused.With<ArgumentOutOfRangeException>("MinImprovement must be", () => new LossMonitor { MinImprovement = double.NaN });
        Refused.With<ArgumentOutOfRangeException>("DivergenceFactor must be", () => new StopConditions { DivergenceFactor = double.NaN });
        Refused.With<ArgumentOutOfRangeException>("DivergencePatience must be", () => new StopConditions { DivergencePatience = 0 });
        Refused.With<ArgumentOutOfRangeException>("StagnationPatience must be", () => new StopConditions { StagnationPatience = -1 });
        Refused.With<ArgumentOutOfRangeException>("MinImprovement must be", () => new StopConditions { MinImprovement = -1 });
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
        try
        {
            Assert.Equal("loss NaN after 2, best 0.5 at 1, divergent", new LossMonitor().Next(0.5).Next(double.NaN).ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static Case Any(Draw draw) => new(
        new LossMonitor
        {
            DivergenceFactor = draw.Of(1, 1.5, 10, double.PositiveInfinity), DivergencePatience = draw.Integer(1, 3),
            StagnationPatience = draw.Coin() ? draw.Integer(1, 5) : null, MinImprovement = draw.Of(0, 0.1, 2),
        },
        draw.Numbers(draw.Integer(1, 30), () => draw.Integer(0, 9) switch { 0 => double.NaN, 1 => double.PositiveInfinity, 2 => draw.Wide(), _ => draw.Plain() }));

    private sealed record Case(LossMonitor Monitor, double[] Losses)
    {
        public override string ToString() => $"{Monitor} [{string.Join(", ", Losses.Select(x => x.ToString("R", CultureInfo.InvariantCulture)))}]";
    }
}
