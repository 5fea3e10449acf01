using Optim.Properties.Checking;
using Optim.Properties.Reference;
using Optim.Properties.Tensors;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Schedules;

/// <summary>Law 46 for every schedule: its formula, its ends, its range; and what every schedule promises besides.</summary>
public class ScheduleLawTests(ITestOutputHelper output)
{
    private static readonly long[] Late = [int.MaxValue, 1L << 31, 1L << 53, long.MaxValue - 1, long.MaxValue];

    public static TheoryData<string> Kinds => [.. TextbookSchedules.Kinds.Keys];

    /// <summary>But one that is a function of its user's: it is its own.</summary>
    [Fact]
    public void Every_schedule_of_the_library_has_its_textbook()
    {
        var drawn = TextbookSchedules.Kinds.Values.SelectMany(kind => Enumerable.Range(0, 5).Select(seed => kind(new Draw(seed, 100)).Schedule)).ToList();
        var covered = drawn.Select(schedule => schedule.GetType())
            .Concat(drawn.OfType<WarmupSchedule>().Select(warmup => warmup.Body.GetType())).ToHashSet();
        Assert.Empty(typeof(Schedule).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Schedule))).Except(covered).Except([typeof(FunctionSchedule)]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Law_46_a_schedule_is_its_formula(string kind) => Check(kind, s =>
    {
        // What the formula computes with is as large as its range, whether the values get there or not.
        double scale = Enumerable.Range(0, 200).Select(t => s.Formula(t)).Append(s.Range?.Low ?? 0).Append(s.Range?.High ?? 0).Max(Math.Abs);
        for (long t = 0; t < 200; t++)
        {
            Same.Close(s.Formula(t), s.Schedule.At(t), 1e-14, scale, kind, (int)t);
        }
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Law_46_the_ends_are_exact_and_the_last_value_stays(string kind) => Check(kind, s =>
    {
        Assert.Equal(s.First ?? s.Schedule.At(0), s.Schedule.At(0));
        if (s.End is { } end)
        {
            Assert.All([end, end + 1, 2 * end, .. Late], t => Assert.Equal(s.Last, s.Schedule.At(t)));
        }
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Law_46_no_value_leaves_the_range(string kind) => Check(kind, s =>
    {
        if (s.Range is var (low, high))
        {
            Assert.All(Enumerable.Range(0, 300).Select(t => (long)t).Concat(Late), t => Assert.InRange(s.Schedule.At(t), low, high));
        }
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Law_16_a_late_step_is_as_sane_as_any(string kind) => Check(kind, s =>
    {
        Assert.All(Late, t => Assert.True(double.IsFinite(s.Schedule.At(t)), $"not finite at {t}"));
        Assert.Throws<ArgumentOutOfRangeException>(() => s.Schedule.At(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => s.Schedule.At(long.MinValue));
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_schedule_equals_its_twin_and_prints_alike_everywhere(string kind)
    {
        var schedules = Enumerable.Range(0, 20).Select(seed => Drawn(seed)).ToList();
        foreach (var (schedule, seed) in schedules.Select((schedule, seed) => (schedule, seed)))
        {
            Assert.Equal(Drawn(seed), schedule);
            Assert.Equal(Drawn(seed).GetHashCode(), schedule.GetHashCode());
            TextTests.AlikeEverywhere(() => schedule.ToString()!);
        }

        Assert.Equal(20, schedules.Distinct().Count());
        Assert.Equal(20, schedules.Select(schedule => schedule.ToString()).Distinct().Count());

        Schedule Drawn(int seed) => TextbookSchedules.Kinds[kind](new Draw(seed, 100)).Schedule;
    }

    [Fact]
    public void The_largest_values_and_numbers_of_steps_do_not_overflow()
    {
        const double max = double.MaxValue;
        Schedule[] extreme =
        [
            Schedule.Linear(-max, max, long.MaxValue), Schedule.Cosine(max, 3, -max), Schedule.Polynomial(max, 3, 0.5, -max), Schedule.Exponential(max, max),
            Schedule.Step(-max, 1, max), Schedule.MultiStep(max, [1, 1, 2], max), Schedule.NaturalExponential(max, max), Schedule.InverseTime(max, max),
            Schedule.Cyclic(-max, max, long.MaxValue, long.MaxValue), Schedule.CosineRestarts(max, 1, max), Schedule.CosineRestarts(max, long.MaxValue, max, -max),
            Schedule.CosineRestarts(1, 1, Math.BitIncrement(1)), Schedule.OneCycle(max, long.MaxValue), Schedule.Noam(int.MaxValue, long.MaxValue, max),
            Schedule.Piecewise([0, long.MaxValue], [-max, max]), Schedule.Linear(max, -max, 5).AfterWarmup(long.MaxValue, startValue: -max),
            new CosineSchedule(max, long.MaxValue, -max, max, periodic: true), Schedule.Constant(1).Shift(long.MinValue).Shift(long.MinValue),
            Schedule.Constant(1).Then(2, long.MaxValue).Then(3, long.MaxValue), Schedule.Constant(1).Then(Schedule.Constant(2).Then(3, long.MaxValue), 5),
        ];
        Assert.All(extreme, schedule => Assert.All([0, 1, 2, 3, 1000, .. Late], t => Assert.True(double.IsFinite(schedule.At(t)), $"{schedule} at {t}")));
    }

    private void Check(string kind, Action<TextbookSchedule> law) => Law.Check(output, Cases.Of(TextbookSchedules.Kinds[kind]), law, name: kind);
}
