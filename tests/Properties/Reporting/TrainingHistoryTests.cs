using System.Globalization;
using System.Text.RegularExpressions;
using Optim.CSharp;
using Optim.Properties.Checkpoints;
using Optim.Properties.Cli;
using Optim.Reports;
using Xunit;

namespace Optim.Properties.Reporting;

/// <summary>What a training run's history records, and what it writes as the run goes.</summary>
public class TrainingHistoryTests
{
    [Fact]
    public void It_records_what_another_callback_sees_with_the_rates_of_the_schedule_and_the_norms_of_the_gradients()
    {
        var seen = new Seen();
        using var history = LibraryReports.Trained(epochs: 3, also: seen);
        Assert.Equal(seen.Steps.Select(step => (step.Step, step.Epoch + 1, step.Loss)), history.Steps.Select(step => (step.Step, step.Epoch, step.Loss)));
        Assert.Equal(seen.Epochs.Select(epoch => (epoch.Epoch + 1, epoch.MeanLoss, epoch.ValidationLoss)), history.Epochs.Select(epoch => (epoch.Epoch, epoch.TrainingLoss, epoch.ValidationLoss)));
        var schedule = Schedule.Linear(0.1, 0.01, 80);
        Assert.All(history.Steps.Index(), step => Assert.Equal(schedule.At(step.Index), step.Item.LearningRate));

        // The loss is |d|^2 and its gradient 2 d.
        Assert.All(history.Steps, step => Assert.Equal(2 * Math.Sqrt(step.Loss), step.GradientNorm!.Value, 1e-12));
    }

    [Fact]
    public void Norms_and_all_but_every_nth_step_can_be_left_out()
    {
        using var history = LibraryReports.Trained(epochs: 2, optimizer => new(optimizer) { RecordEvery = 5, RecordsNorms = false });
        Assert.Equal([5, 10, 15], history.Steps.Select(step => step.Step));
        Assert.All(history.Steps, step => Assert.Null(step.GradientNorm));
        Assert.Throws<ArgumentOutOfRangeException>("RecordEvery", () => LibraryReports.Trained(1, optimizer => new(optimizer) { RecordEvery = 0 }));
    }

    [Fact]
    public void The_page_is_whole_after_each_epoch_and_needs_no_network()
    {
        using TemporaryFolder folder = new();
        List<int> rows = [];
        string path = folder["run.html"];
        var reader = new Seen { Epoch = () => rows.Add(Regex.Count(File.ReadAllText(path), "<th scope=\"row\">")) };
        using var history = LibraryReports.Trained(epochs: 3, optimizer => new(optimizer) { Page = path, Title = "A <run>" }, also: reader);
        Assert.Equal([1, 2, 3], rows);
        string page = File.ReadAllText(path);
        Assert.Contains("<h1>A &lt;run&gt;</h1>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", Regex.Replace(page, "<script>.*?</script>", "", RegexOptions.Singleline), StringComparison.Ordinal);
        Assert.Equal(4, PageText.Specifications(page).Count);
    }

    [Fact]
    public void The_csv_files_of_a_run_that_was_killed_and_resumed_are_those_of_one_that_was_not()
    {
        using TemporaryFolder folder = new();
        TrainingCheckpoint<double>? checkpoint = null;
        LibraryReports.Trained(epochs: 4, optimizer => new(optimizer) { Csv = folder["whole"] }).Dispose();

        // The checkpoint is of step 11; what was written after it, the last row cut off, is of steps that are taken again.
        LibraryReports.Trained(epochs: 4, optimizer => new(optimizer) { Csv = folder["parts"] }, stopAt: 11, keep: kept => checkpoint = kept).Dispose();
        LibraryReports.Trained(epochs: 4, optimizer => new(optimizer) { Csv = folder["parts"] }, from: checkpoint, stopAt: 21).Dispose();
        File.AppendAllText(Path.Combine(folder["parts"], "steps.csv"), "22,3,0.1");
        LibraryReports.Trained(epochs: 4, optimizer => new(optimizer) { Csv = folder["parts"] }, from: checkpoint).Dispose();
        foreach (string name in (string[])["steps.csv", "epochs.csv"])
        {
            string[] whole = Timeless(Path.Combine(folder["whole"], name)), parts = Timeless(Path.Combine(folder["parts"], name));
            Assert.Equal(name == "steps.csv" ? 33 : 5, whole.Length);
            Assert.Equal(whole, parts);
        }

        static string[] Timeless(string path) => [.. File.ReadAllLines(path).Select(line => line[..line.LastIndexOf(',')])];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    public void The_csv_files_of_a_run_that_begins_have_no_rows_of_an_earlier_one(int recordEvery)
    {
        using TemporaryFolder folder = new();
        LibraryReports.Trained(epochs: 4, optimizer => new(optimizer) { Csv = folder["figures"] }).Dispose();
        LibraryReports.Trained(epochs: 2, optimizer => new(optimizer) { Csv = folder["figures"], RecordEvery = recordEvery }).Dispose();
        Assert.Equal(Enumerable.Range(1, 16).Where(step => step % recordEvery == 0), Steps("steps.csv"));
        Assert.Equal([8, 16], Steps("epochs.csv"));

        IEnumerable<int> Steps(string name) => File.ReadAllLines(Path.Combine(folder["figures"], name)).Skip(1).Select(line => int.Parse(line.Split(',')[0], CultureInfo.InvariantCulture));
    }

    [Fact]
    public void The_summary_counts_steps_that_are_not_recorded_and_losses_that_are_not_finite()
    {
        using var few = LibraryReports.Trained(epochs: 2, optimizer => new(optimizer) { RecordEvery = 5 });
        Assert.StartsWith("16 steps, 2 epochs. The last recorded batch's loss is ", few.ToReport().Summary, StringComparison.Ordinal);
        using var none = LibraryReports.Trained(epochs: 2, optimizer => new(optimizer) { RecordEvery = 100 });
        Assert.StartsWith("16 steps, 2 epochs. The lowest validation loss is ", none.ToReport().Summary, StringComparison.Ordinal);
        TrainingCheckpoint<double>? checkpoint = null;
        LibraryReports.Trained(epochs: 4, stopAt: 11, keep: kept => checkpoint = kept).Dispose();
        using var resumed = LibraryReports.Trained(epochs: 4, from: checkpoint);
        Assert.StartsWith("32 steps, 4 epochs. ", resumed.ToReport().Summary, StringComparison.Ordinal);

        StepRecord[] steps = [new(1, 1, 2, 0.1, 1, default), new(2, 1, double.NaN, 0.1, 1, default), new(3, 2, double.PositiveInfinity, 0.1, 1, default)];
        EpochRecord[] epochs = [new(1, 2, double.NaN, double.NaN, false, default), new(2, 3, double.NaN, 0.5, false, default)];
        Assert.Equal("3 steps, 2 epochs. The last recorded batch's loss is Infinity. 2 recorded losses of 3 are not finite. The lowest validation loss is 0.5.", HistoryReport.Of("T", "r", steps, epochs, null).Summary);
        Assert.Equal("1 step, 0 epochs. The last recorded batch's loss is NaN. 1 recorded loss of 1 is not finite.", HistoryReport.Of("T", "r", [steps[1] with { Step = 1 }], [], null).Summary);
        Assert.EndsWith(" No validation loss is finite.", HistoryReport.Of("T", "r", [], [epochs[0]], null).Summary, StringComparison.Ordinal);
        Assert.Equal("No step.", HistoryReport.Of("T", "r", [], [], null).Summary);

        // And the page is whole.
        Assert.Contains("<h1>T</h1>", HistoryReport.Of("T", "r", steps, epochs, null).ToHtml(ChartScripts.Linked), StringComparison.Ordinal);
    }

    [Fact]
    public void Curves_are_means_over_equally_many_steps_and_none_is_left_out()
    {
        StepRecord[] steps = [.. Enumerable.Range(1, 70).Select(step => new StepRecord(step, 1, step, null, step % 2 == 0 ? null : 2 * step, default))];
        var means = TrainingReports.Means(steps, 7);
        Assert.Equal([10, 20, 30, 40, 50, 60, 70], means.Select(mean => mean.Step));
        Assert.Equal([5.5, 15.5, 25.5, 35.5, 45.5, 55.5, 65.5], means.Select(mean => mean.Loss));
        Assert.Equal(10, means[0].GradientNorm);
        Assert.Equal(steps, TrainingReports.Means(steps, 100).Select((mean, i) => mean with { GradientNorm = steps[i].GradientNorm }));
        Assert.Equal(["Training loss by step", "Gradient norm by step"], TrainingReports.Curves(steps, 7).Select(chart => chart.Title));
        Assert.Empty(TrainingReports.Curves([]));
        Assert.Throws<ArgumentOutOfRangeException>("most", () => TrainingReports.Means(steps, 0));
        Assert.Throws<ArgumentNullException>("steps", () => TrainingReports.Means(null!, 1));
    }

    [Fact]
    public void TensorBoards_points_are_there_while_the_run_goes_with_the_time_of_each_step()
    {
        using TemporaryFolder folder = new();
        List<int> sizes = [];
        var clock = new SteppingClock();
        var reader = new Seen { Epoch = () => sizes.Add(Directory.GetFiles(folder["run"]).Sum(file => File.ReadAllBytes(Shared(file)).Length)) };
        using var history = LibraryReports.Trained(epochs: 2, optimizer => new(optimizer) { TensorBoard = folder["run"], Clock = clock }, also: reader);
        Assert.True(sizes[0] > 500 && sizes[1] > 1.9 * sizes[0], string.Join(' ', sizes));
        byte[] file = File.ReadAllBytes(Shared(Assert.Single(Directory.GetFiles(folder["run"]))));
        Assert.All(history.Steps, step =>
        {
            // The little-endian bytes of the time in seconds, then the step's, as event.proto numbers them.
            byte[] event_ = [0x09, .. BitConverter.GetBytes((step.Time - DateTimeOffset.UnixEpoch).TotalSeconds), 0x10, (byte)step.Step];
            Assert.True(file.AsSpan().IndexOf(event_) > 0, step.ToString());
        });
        Assert.Equal(history.Steps.Count + history.Epochs.Count, history.Steps.Select(step => step.Time).Concat(history.Epochs.Select(epoch => epoch.Time)).Distinct().Count());

        // It is open for writing still.
        string Shared(string path)
        {
            string copy = folder["copy"];
            using var from = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var to = File.Create(copy);
            from.CopyTo(to);
            return copy;
        }
    }

    [Fact]
    public void Studies_range_tests_and_landscapes_have_reports_with_their_figures()
    {
        var result = LibraryReports.Searched();
        var report = result.ToReport();
        var trials = report.Data.Single(table => table.Name == "trials");
        Assert.Equal(24, trials.Rows.Count);
        int value = trials.IndexOf("value"), best = trials.IndexOf("best");
        double lowest = double.PositiveInfinity;
        foreach (var row in trials.Rows)
        {
            lowest = Math.Min(lowest, (double?)row[value] ?? double.PositiveInfinity);
            Assert.Equal(double.IsInfinity(lowest) ? null : lowest, row[best]);
        }

        Assert.Equal(result.Best!.Value, lowest);
        Assert.Contains(lowest.ToString("G5", CultureInfo.InvariantCulture), report.Summary, StringComparison.Ordinal);

        var test = LibraryReports.Tested(0.01);
        using TemporaryFolder folder = new();
        test.SaveReport(folder["rates.html"]);
        string page = File.ReadAllText(folder["rates.html"]);
        Assert.Contains(test.Suggestion!.Value.ToString("G2", CultureInfo.InvariantCulture), page, StringComparison.Ordinal);
        Assert.Single(PageText.Specifications(page));

        var landscape = Landscape.Find("booth")!;
        var walk = LandscapeWalk.Of(landscape, "Adam", new Adam { LearningRate = 0.1 }, 30);
        var state = Optimizer.Init(new Adam { LearningRate = 0.1 }, TensorSet.OfArray(landscape.Start.ToArray()));
        for (int step = 0; step <= 30; step++)
        {
            Assert.Equal(state.Parameters.ToArray(), walk.Points[step]);
            Assert.Equal(landscape.Objective(state.Parameters).Item1, walk.Values[step]);
            state = Optimizer.StepOn(state, landscape.Objective).Item1;
        }

        Assert.Equal(31, LandscapeReports.Of(landscape, [walk]).Data[0].Rows.Count);
        Assert.Throws<ArgumentException>("walks", () => LandscapeReports.Of(landscape, [walk, walk]));
    }

    private sealed class Seen : ITrainingCallback
    {
        public List<TrainingProgress> Steps { get; } = [];

        public List<EpochSummary> Epochs { get; } = [];

        public Action? Epoch { get; init; }

        public bool OnStep(TrainingProgress progress)
        {
            Steps.Add(progress);
            return true;
        }

        public bool OnEpoch(EpochSummary epoch)
        {
            Epochs.Add(epoch);
            Epoch?.Invoke();
            return true;
        }
    }

    /// <summary>A second passes whenever it is asked.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        private DateTimeOffset now = DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000);

        public override DateTimeOffset GetUtcNow() => now = now.AddSeconds(1);
    }
}
