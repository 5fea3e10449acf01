using Optim.Conformance;
using Optim.Properties.Checking;
using Xunit.Abstractions;
using Xunit;

namespace Optim.Properties.Schedules;

/// <summary>What holds of schedules that are made of schedules.</summary>
public class ScheduleAlgebraTests(ITestOutputHelper output)
{
    [Fact]
    public void Law_46_joined_schedules_see_their_own_step_0() => Check((a, b, n) =>
    {
        var joined = a.Then(b, n);
        Assert.All(Steps, t => Assert.Equal(t < n ? a.At(t) : b.At(t - n), joined.At(t)));
    });

    [Fact]
    public void Joining_is_associative() => Check((a, b, n) =>
    {
        var c = Schedule.Exponential(1, 0.5);
        Assert.Equal(a.Then(b.Then(c, 7), n), a.Then(b, n).Then(c, n + 7));
        var late = a.Then(b, n + 5).Then(c, n);
        Assert.All(Steps, t => Assert.Equal(t < n ? a.Then(b, n + 5).At(t) : c.At(t - n), late.At(t)));
    });

    [Fact]
    public void Law_46_a_warmup_leads_to_the_first_value_without_a_jump() => Check((a, _, n) =>
    {
        foreach (double? start in new double?[] { null, 0, 0.25 })
        {
            var warm = a.AfterWarmup(n, startValue: start);
            Assert.All(Steps, t => Assert.Equal(a.At(t), warm.At(t + n)));
            double first = start ?? 0, step = n == 0 ? 0 : Math.Abs(a.At(0) - first) / n;
            for (long t = 0; t < n; t++)
            {
                Assert.True(Math.Abs(warm.At(t + 1) - warm.At(t)) <= (step * (1 + 1e-12)) + (1e-14 * (Math.Abs(a.At(0)) + first)), $"a jump after step {t}");
            }

            if (n > 0)
            {
                Same.Close(start ?? a.At(0) / n, warm.At(0), 1e-15);
            }
        }
    });

    [Fact]
    public void An_exponential_warmup_rises_by_equal_factors()
    {
        var warm = Schedule.Constant(0.1).AfterWarmup(100, WarmupCurve.Exponential);
        Assert.Equal(0.001, warm.At(0));
        Assert.Equal(0.1, warm.At(100));
        Assert.All(Enumerable.Range(0, 100), t => Assert.Equal(Math.Pow(100, 0.01), warm.At(t + 1) / warm.At(t), 1e-14));
    }

    [Fact]
    public void Products_and_sums_commute_and_numbers_are_constants() => Check((a, b, _) =>
    {
        Assert.All(Steps, t =>
        {
            Assert.Equal((a * b).At(t), (b * a).At(t));
            Assert.Equal((a + b).At(t), (b + a).At(t));
            Assert.Equal(a.At(t) * b.At(t), (a * b).At(t));
            Assert.Equal(a.At(t) + b.At(t), (a + b).At(t));
        });
        Assert.Equal(a * 0.5, a.Scale(0.5));
        Assert.Equal(a * Schedule.Constant(0.5), a.Scale(0.5));
        Assert.All(Steps, t => Assert.Equal(a.At(t), a.Scale(1).At(t)));
    });

    [Fact]
    public void Clamping_twice_is_clamping_once() => Check((a, b, _) =>
    {
        double low = Math.Min(a.At(0), b.At(0)), high = Math.Max(a.At(0), b.At(0));
        var once = (a * b).Clamp(low, high);
        Assert.All(Steps, t =>
        {
            Assert.Equal(once.At(t), once.Clamp(low, high).At(t));
            Assert.Equal(Math.Max(low, Math.Min(high, (a * b).At(t))), once.At(t));
        });
    });

    [Fact]
    public void Shifts_add_up() => Check((drawn, _, n) =>
    {
        var a = drawn is ShiftSchedule shift ? shift.Body : drawn;
        Assert.All(Steps, t =>
        {
            Assert.Equal(a.At(Math.Max(0, t - n)), a.Shift(n).At(t));
            Assert.Equal(a.At(t + n), a.Shift(-n).At(t));
            Assert.Equal(a.At(t), a.Shift(n).Shift(-n).At(t));
        });
        Assert.Equal(a.Shift(n - 3), a.Shift(n).Shift(-3));
    });

    [Fact]
    public void A_momentum_cycles_opposite()
    {
        Law.Check(output, Cases.Of(draw => Schedule.OneCycle(
            1, draw.Integer(12, 90), draw.Of(0.2, 0.3, 0.4), draw.Of(Enum.GetValues<AnnealStrategy>()), finalDivFactor: 1, threePhase: draw.Coin())),
            cycle => Opposite(cycle, cycle.Momentum(0.95, 0.85), 0.95, 0.85));
        Law.Check(output, Cases.Of(draw => Schedule.Cyclic(0.04, 1, draw.Integer(1, 20), draw.Integer(1, 20))), cycle => Opposite(cycle, cycle.Momentum(0.95, 0.85), 0.95, 0.85));

        // The same share of the way down as the other is of the way up.
        static void Opposite(Schedule rate, Schedule momentum, double high, double low) => Assert.All(
            Enumerable.Range(0, 120), t => Assert.Equal((rate.At(t) - 0.04) / 0.96, (high - momentum.At(t)) / (high - low), 1e-13));
    }

    [Fact]
    public void Every_part_of_a_composite_keeps_its_own_numbers()
    {
        // A rise at every step: each reduces by its own factor once its own patience is over.
        Schedule first = Schedule.ReduceOnPlateau(1, 0.5, 0), second = Schedule.ReduceOnPlateau(1, 0.1, 2);
        double[] losses = [1, 2, 3, 4, 5, 6, 7], halves = ScheduleReplay.ValuesAfter(first, losses), tenths = ScheduleReplay.ValuesAfter(second, losses);
        Assert.NotEqual(halves, tenths);
        Same(halves.Zip(tenths, (x, y) => x * y), first * second);
        Same(halves.Zip(tenths, (x, y) => x + y), first + second);
        Same(halves.Zip(tenths, (x, y) => x + (y * 0.25)), first + second.Scale(0.25));
        Same(halves.Select(x => Math.Clamp(x, 0.1, 0.3)), first.Clamp(0.1, 0.3));
        Same(halves.Select(x => x * 2), (2 + first.Shift(3)) + -2 + first);

        // What has not begun observes nothing.
        Same([.. halves.Take(3), .. ScheduleReplay.ValuesAfter(second, [4, 5, 6, 7])], first.Then(second, 3));
        Same([0.25, 0.5, 0.75, 1, .. ScheduleReplay.ValuesAfter(first, [5, 6, 7])], first.AfterWarmup(4));
        Same([.. tenths.Take(2), .. ScheduleReplay.ValuesAfter(first, [3, 4]), .. ScheduleReplay.ValuesAfter(second, [5, 6, 7])], second.Then(first, 2).Then(second, 4));

        void Same(IEnumerable<double> expected, Schedule schedule) => Assert.Equal(expected, ScheduleReplay.ValuesAfter(schedule, losses));
    }

    private static IEnumerable<long> Steps => [.. Enumerable.Range(0, 60), 1L << 31, 1L << 53];

    private void Check(Action<Schedule, Schedule, int> law, [System.Runtime.CompilerServices.CallerMemberName] string name = "") => Law.Check(
        output,
        Cases.Of(draw => (A: AnySchedule.Of(draw, draw.Moderate), B: AnySchedule.Of(draw, draw.Moderate), N: draw.Integer(0, 20))),
        c => law(c.A, c.B, c.N), name: name);
}
