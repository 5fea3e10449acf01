using System.Text.Json.Nodes;
using Optim.Properties.Checking;
using Optim.Properties.Tensors;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Schedules;

public class SchedulePictureTests(ITestOutputHelper output)
{
    [Fact]
    public void A_plot_shows_the_curve_between_labelled_axes()
    {
        string plot = Schedule.Linear(1, 0, 32).Plot(33, 16, 3);
        Assert.Equal(
            """
              1 ┤⠙⠒⠦⢤⣀⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
            0.5 ┤⠀⠀⠀⠀⠀⠉⠙⠲⢤⣀⡀⠀⠀⠀⠀⠀
              0 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠉⠙⠒⠦⢤⣀
                └────────────────
                 0        step 32

            """.ReplaceLineEndings("\n"), plot);
    }

    [Fact]
    public void Plots_are_as_large_as_asked_for_and_print_alike_everywhere() => Law.Check(
        output,
        Cases.Of(draw => (Schedule: AnySchedule.Of(draw, draw.Moderate), Steps: draw.Of(1, 2, draw.Integer(1, 500), 10_000_000_000), Width: draw.Integer(16, 90), Height: draw.Integer(2, 20))),
        c =>
        {
            string plot = c.Schedule.Plot(c.Steps, c.Width, c.Height);
            string[] lines = plot.Split('\n');
            Assert.Equal(c.Height + 3, lines.Length);
            Assert.All(lines[..c.Height], line => Assert.Equal(lines[0].Length, line.Length));
            Assert.Equal(lines[0].Length, lines[c.Height].Length);
            Assert.Contains(FormattableString.Invariant($"step {c.Steps - 1}"), lines[c.Height + 1], StringComparison.Ordinal);

            // The first and the last column of dots are not empty.
            Assert.Contains(lines[..c.Height], line => (line[^c.Width] & 0x47) != 0);
            Assert.Contains(lines[..c.Height], line => c.Steps == 1 || (line[^1] & 0xB8) != 0);
            TextTests.AlikeEverywhere(() => c.Schedule.Plot(c.Steps, c.Width, c.Height));
        },
        30);

    [Fact]
    public void A_chart_keeps_the_extremes_in_at_most_500_points() => Law.Check(
        output, Cases.Of(draw => (Schedule: AnySchedule.Of(draw, draw.Moderate), Steps: draw.Of(1, draw.Integer(1, 500), draw.Integer(500, 20_000)))), c =>
        {
            var chart = JsonNode.Parse(c.Schedule.ToVegaLite(c.Steps))!;
            Assert.Equal(c.Schedule.ToString(), (string?)chart["title"]);
            Assert.Equal("step", (string?)chart["encoding"]!["x"]!["title"]);
            Assert.Equal("value", (string?)chart["encoding"]!["y"]!["title"]);
            var points = chart["data"]!["values"]!.AsArray().Select(point => (Step: (long)point!["step"]!, Value: (double)point["value"]!)).ToList();
            double[] all = [.. Enumerable.Range(0, c.Steps).Select(t => c.Schedule.At(t))];
            Assert.InRange(points.Count, 1, 500);
            Assert.Equal(points.Select(point => point.Step).Distinct().Order(), points.Select(point => point.Step));
            Assert.All(points, point => Assert.Equal(all[point.Step], point.Value));
            Assert.Equal((0, c.Steps - 1), (points[0].Step, points[^1].Step));
            Assert.Equal((all.Min(), all.Max()), (points.Min(point => point.Value), points.Max(point => point.Value)));
        }, 30);

    [Fact]
    public void What_is_not_finite_is_left_out()
    {
        Schedule gaps = Schedule.Table([1, double.NaN, double.PositiveInfinity, 2]);
        Assert.Equal(2, JsonNode.Parse(gaps.ToVegaLite(4, "gaps"))!["data"]!["values"]!.AsArray().Count);
        Assert.Contains(" 2 ┤", gaps.Plot(4), StringComparison.Ordinal);
        Assert.NotEmpty(Schedule.Table([double.NaN]).Plot(4));
    }

    [Fact]
    public void Sizes_without_room_are_refused()
    {
        Schedule one = 1;
        Refused.With<ArgumentOutOfRangeException>("steps must be a whole number of 1 or more, was 0", () => one.Plot(0));
        Refused.With<ArgumentOutOfRangeException>("steps must be a whole number of 1 or more, was 0", () => one.ToVegaLite(0));
        Refused.With<ArgumentOutOfRangeException>("width", () => one.Plot(10, 15));
        Refused.With<ArgumentOutOfRangeException>("width", () => one.Plot(10, 1001));
        Refused.With<ArgumentOutOfRangeException>("height", () => one.Plot(10, 16, 1));
        Refused.With<ArgumentOutOfRangeException>("height", () => one.Plot(10, 16, 1001));
    }
}
