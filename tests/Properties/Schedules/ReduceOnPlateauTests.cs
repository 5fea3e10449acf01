using Optim.Conformance;
using Optim.Properties.Checking;
using Xunit.Abstractions;
using Xunit;

namespace Optim.Properties.Schedules;

public class ReduceOnPlateauTests(ITestOutputHelper output)
{
    [Fact]
    public void It_is_PyTorch_s_loop() => Law.Check(output, Cases.Of(draw => (
        Schedule: new ReduceOnPlateauSchedule(
            draw.Fraction() + 0.1, draw.Of(0, 0.1, 0.5, draw.Fraction()), draw.Integer(0, 4), draw.Of(0, 1e-4, 0.1, 0.5), draw.Of(Enum.GetValues<PlateauThreshold>()),
            draw.Of(PlateauMode.Min, PlateauMode.Max), draw.Integer(0, 4), draw.Of(0, 0.01, 0.5), draw.Of(1e-8, 0.05)),
        Metrics: draw.Numbers(draw.Integer(1, 60), () => draw.OneIn(15) ? draw.Of(double.NaN, double.PositiveInfinity, double.NegativeInfinity) : draw.Plain()))), c =>
        Same.Close(Loop(c.Schedule, c.Metrics), ScheduleReplay.ValuesAfter(c.Schedule, c.Metrics), 1e-14));

    [Fact]
    public void Metrics_that_are_not_finite_are_answered_as_PyTorch_does() => Assert.Equal(
        [0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025],
        ScheduleReplay.ValuesAfter(
            Schedule.ReduceOnPlateau(0.1, 0.5, 1),
            [1, double.NaN, double.NaN, 0.5, double.PositiveInfinity, double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity, 3]));

    [Theory]
    [InlineData(PlateauMode.Min)]
    [InlineData(PlateauMode.Max)]
    public void A_relative_threshold_asks_for_an_improvement_whatever_the_sign(PlateauMode mode)
    {
        // Every metric a little worse than the last one, on the side of 0 where PyTorch's threshold lies beyond the best.
        double[] metrics = [.. Enumerable.Range(0, 6).Select(i => mode == PlateauMode.Min ? -1 + (0.01 * i) : -1 - (0.01 * i))];
        Assert.Equal([1, 1, 1, 0.5, 0.5, 0.5], ScheduleReplay.ValuesAfter(Schedule.ReduceOnPlateau(1, 0.5, 2, threshold: 0.1, mode: mode), metrics));
        Assert.Equal(
            [1, 1, 1, 1, 1, 1],
            ScheduleReplay.ValuesAfter(Schedule.ReduceOnPlateau(1, 0.5, 2, threshold: 0.1, PlateauThreshold.SignedRelative, mode), metrics));
    }

    [Fact]
    public void The_numbers_are_read_before_the_step_and_written_after_it()
    {
        var schedule = Schedule.ReduceOnPlateau(1, 0.5, 1);
        Assert.Equal(["best", "bad_epochs", "cooldown", "scale"], schedule.DeclareScalars().Select(scalar => scalar.Name));
        double[] before = [1, 1, 0, 1], after = [.. before];
        var scalars = ScheduleScalars.Over(before, after, 2);
        Assert.Equal(0.5, schedule.At(7, scalars));
        Assert.Equal(0.5, schedule.At(7, scalars));
        Assert.Equal([1, 1, 0, 1], before);
        Assert.Equal([1, 0, 0, 0.5], after);
    }

    [Fact]
    public void A_step_without_a_loss_is_an_error_or_not_observed()
    {
        double[] before = [1, 1, 0, 0.5], after = [.. before];
        var strict = Schedule.ReduceOnPlateau(1, 0.5, 1);
        Refused.With<ArgumentException>("Step(state, gradient, loss: ...)", () => strict.At(0, ScheduleScalars.Over(before, after, null)));
        Refused.With<ArgumentException>("ReduceOnPlateau(1, times 0.5", () => (strict * 2).At(0, ScheduleScalars.Over(before, after, null)));
        Assert.Equal(0.5, Schedule.ReduceOnPlateau(1, 0.5, 1, requiresLoss: false).At(0, ScheduleScalars.Over(before, after, null)));
        Assert.Equal(before, after);
        Assert.Equal(1, strict.At(0));
    }

    /// <summary>torch.optim.lr_scheduler.ReduceLROnPlateau, line by line, its rel as it is or by the best's magnitude.</summary>
    private static double[] Loop(ReduceOnPlateauSchedule s, double[] metrics)
    {
        double rate = s.Value, best = s.Mode == PlateauMode.Min ? double.PositiveInfinity : double.NegativeInfinity;
        long bad = 0, cooldown = 0;
        return Array.ConvertAll(metrics, m =>
        {
            if (Better(m))
            {
                best = m;
                bad = 0;
            }
            else
            {
                bad++;
            }

            if (cooldown > 0)
            {
                cooldown--;
                bad = 0;
            }

            if (bad > s.Patience)
            {
                double next = Math.Max(rate * s.Factor, s.MinValue);
                rate = rate - next > s.Epsilon ? next : rate;
                cooldown = s.Cooldown;
                bad = 0;
            }

            return rate;
        });

        bool Better(double m)
        {
            double margin = s.ThresholdMode switch
            {
                _ when double.IsInfinity(best) => 0,
                PlateauThreshold.Absolute => s.Threshold,
                PlateauThreshold.Relative => s.Threshold * Math.Abs(best),
                _ => s.Threshold * best,
            };
            return s.Mode == PlateauMode.Min ? m < best - margin : m > best + margin;
        }
    }
}
