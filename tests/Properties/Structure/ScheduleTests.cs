using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Structure;

/// <summary>Law 46 for the schedules there are.</summary>
public class ScheduleTests(ITestOutputHelper output)
{
    private static readonly long[] Late = [int.MaxValue, 1L << 31, 1L << 53, long.MaxValue - 1, long.MaxValue];

    [Fact]
    public void A_constant_is_constant() => Law.Check(output, Cases.Of(draw => draw.Wide()), x =>
    {
        Schedule schedule = x;
        Assert.All([0, 1, 1000, .. Late], t => Assert.Equal(x, schedule.At(t)));
        Assert.Equal(Schedule.Constant(x), schedule);
    });

    [Fact]
    public void A_table_gives_its_values_and_then_the_last_one() =>
        Law.Check(output, Cases.Of(draw => draw.Numbers(draw.Integer(1, 50), draw.Wide)), values =>
        {
            var given = values.ToList();
            var table = Schedule.Table(given);
            given[0] = 12345;
            Assert.All(Enumerable.Range(0, values.Length), t => Assert.Equal(values[t], table.At(t)));
            Assert.All([values.Length, values.Length + 1, .. Late], t => Assert.Equal(values[^1], table.At(t)));
            Assert.Equal(Schedule.Table(values), table);
            Assert.Equal(Schedule.Table(values).GetHashCode(), table.GetHashCode());
            Assert.NotEqual(Schedule.Table([.. values, 7]), table);
        });

    [Fact]
    public void Warmup_cosine_meets_its_endpoints_and_stays_at_the_last() => Law.Check(output, WarmupCosines(), s =>
    {
        double slack = 1e-14 * (Math.Abs(s.Peak) + Math.Abs(s.EndValue) + Math.Abs(s.StartValue ?? 0));
        Assert.Equal(s.Peak, s.At(s.WarmupSteps), slack);
        Assert.All([s.TotalSteps, s.TotalSteps + 1, 2 * s.TotalSteps, .. Late], t => Assert.Equal(s.EndValue, s.At(t)));
        if (s.WarmupSteps > 0)
        {
            Assert.Equal(s.StartValue ?? s.Peak / s.WarmupSteps, s.At(0), slack);
        }

        if (s.StartValue is null && s.WarmupSteps > 0)
        {
            Assert.Equal(s.Peak, s.At(s.WarmupSteps - 1), slack);
        }
    });

    [Fact]
    public void Warmup_cosine_rises_in_a_line_falls_along_the_cosine_and_keeps_its_range() => Law.Check(output, WarmupCosines(), s =>
    {
        double first = s.StartValue ?? 0, slack = 1e-13 * (Math.Abs(s.Peak) + Math.Abs(s.EndValue) + Math.Abs(first));
        double low = Math.Min(Math.Min(first, s.Peak), s.EndValue), high = Math.Max(Math.Max(first, s.Peak), s.EndValue);
        for (long t = 0; t <= s.TotalSteps + 2; t++)
        {
            double up = s.StartValue is null ? s.Peak * (t + 1) / s.WarmupSteps : first + ((s.Peak - first) * t / s.WarmupSteps);
            double down = s.EndValue + ((s.Peak - s.EndValue) * (1 + Math.Cos(Math.PI * (t - s.WarmupSteps) / (s.TotalSteps - s.WarmupSteps))) / 2);
            double expected = t < s.WarmupSteps ? up : t >= s.TotalSteps ? s.EndValue : down;
            Assert.Equal(expected, s.At(t), slack);
            Assert.InRange(s.At(t), low - slack, high + slack);
        }
    });

    [Fact]
    public void Warmup_cosine_has_no_jump() => Law.Check(output, WarmupCosines(), s =>
    {
        // The steepest the line and the cosine can be in one step.
        double first = s.StartValue ?? 0;
        double line = s.WarmupSteps == 0 ? 0 : Math.Abs(s.Peak - first) / s.WarmupSteps;
        double cosine = Math.Abs(s.Peak - s.EndValue) * Math.Min(1, Math.PI / 2 / (s.TotalSteps - s.WarmupSteps));
        double most = (Math.Max(line, cosine) * (1 + 1e-12)) + (1e-14 * (Math.Abs(s.Peak) + Math.Abs(first) + Math.Abs(s.EndValue)));
        for (long t = 0; t <= s.TotalSteps; t++)
        {
            Assert.True(Math.Abs(s.At(t + 1) - s.At(t)) <= most, $"a jump after step {t}");
        }
    });

    [Fact]
    public void Nonsense_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Schedule.Table([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.WarmupCosine(double.NaN, 1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.WarmupCosine(1, -1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.WarmupCosine(1, 10, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WarmupCosineSchedule(1, 0, 10) { EndValue = double.PositiveInfinity });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WarmupCosineSchedule(1, 0, 10) { StartValue = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Table([1]).At(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.WarmupCosine(1, 1, 10).At(-1));
    }

    private static FsCheck.Arbitrary<WarmupCosineSchedule> WarmupCosines() => Cases.Of(draw =>
    {
        int warmup = draw.Of(0, 1, draw.Integer(0, 40));
        return new WarmupCosineSchedule(draw.Moderate(), warmup, warmup + draw.Integer(1, 60))
        {
            EndValue = draw.Of(0, draw.Moderate()), StartValue = draw.Coin() ? null : draw.Moderate(),
        };
    });
}
