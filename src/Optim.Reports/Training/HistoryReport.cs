using System.Globalization;

namespace Optim.Reports;

/// <summary>A training run's history as a report.</summary>
internal static class HistoryReport
{
    private const int MostPoints = 300;

    public static Report Of(string title, string rule, IReadOnlyList<StepRecord> steps, IReadOnlyList<EpochRecord> epochs, DateTimeOffset? started)
    {
        DataTable all = Steps(steps), byEpoch = Epochs(epochs);
        DateTimeOffset begun = started ?? default, ended = epochs.Select(epoch => epoch.Time).Concat(steps.Select(step => step.Time)).Append(begun).Max();
        List<Section> sections = [];
        if (steps.Count > 0)
        {
            sections.Add(new("Curves", Curves(steps)));
        }

        if (epochs.Count > 0)
        {
            sections.Add(new(
                "Epochs",
                Chart.Lines(
                    "Loss by epoch", "The training loss, each batch before its step, and the validation loss.", Losses(epochs), new("epoch", "Epoch") { Format = "d" },
                    new("loss", "Loss") { IsLogarithmic = IsLogarithmic(epochs.Select(epoch => epoch.TrainingLoss).Concat(epochs.Select(epoch => epoch.ValidationLoss).OfType<double>())) }, "data"),
                new TextTable(
                    ["Epoch", "Steps", "Training loss", "Validation loss", "Best so far", "Ended after"],
                    [.. epochs.Select(epoch => (string[])
                    [
                        epoch.Epoch.ToString(CultureInfo.InvariantCulture), epoch.Step.ToString(CultureInfo.InvariantCulture), Number(epoch.TrainingLoss),
                        epoch.ValidationLoss is { } loss ? Number(loss) : "-", epoch.IsBest ? "yes" : "", string.Create(CultureInfo.InvariantCulture, $"{(epoch.Time - begun).TotalSeconds:0.0} s"),
                    ])])));
        }

        sections.Add(new("Rule", new Code(rule)));
        return new(title)
        {
            Summary = Summary(steps, epochs), Sections = sections, Data = [all, byEpoch], Runs = [new("train", [.. Points(steps, epochs)])],
            Origin = started is null ? null : ReportOrigin.Here(begun, ended),
        };
    }

    /// <summary>The points of a step for TensorBoard.</summary>
    public static IEnumerable<ScalarPoint> Points(StepRecord step)
    {
        yield return new("train/loss", step.Step, step.Loss, step.Time);
        if (step.LearningRate is { } rate)
        {
            yield return new("train/learning_rate", step.Step, rate, step.Time);
        }

        if (step.GradientNorm is { } norm)
        {
            yield return new("train/gradient_norm", step.Step, norm, step.Time);
        }
    }

    /// <summary>The points of an epoch for TensorBoard.</summary>
    public static IEnumerable<ScalarPoint> Points(EpochRecord epoch)
    {
        yield return new("epoch/training_loss", epoch.Step, epoch.TrainingLoss, epoch.Time);
        if (epoch.ValidationLoss is { } loss)
        {
            yield return new("epoch/validation_loss", epoch.Step, loss, epoch.Time);
        }
    }

    /// <summary>Every recorded step.</summary>
    public static DataTable Steps(IReadOnlyList<StepRecord> steps) => DataTable.Of(
        "steps", steps,
        Column.Whole<StepRecord>("step", step => step.Step),
        Column.Whole<StepRecord>("epoch", step => step.Epoch),
        Column.Number<StepRecord>("loss", step => step.Loss),
        Column.Number<StepRecord>("learningRate", step => step.LearningRate),
        Column.Number<StepRecord>("gradientNorm", step => step.GradientNorm),
        Column.Text<StepRecord>("time", step => Time(step.Time)));

    /// <summary>Every completed epoch.</summary>
    public static DataTable Epochs(IReadOnlyList<EpochRecord> epochs) => DataTable.Of(
        "epochs", epochs,
        Column.Whole<EpochRecord>("step", epoch => epoch.Step),
        Column.Whole<EpochRecord>("epoch", epoch => epoch.Epoch),
        Column.Number<EpochRecord>("trainingLoss", epoch => epoch.TrainingLoss),
        Column.Number<EpochRecord>("validationLoss", epoch => epoch.ValidationLoss),
        Column.Flag<EpochRecord>("isBest", epoch => epoch.IsBest),
        Column.Text<EpochRecord>("time", epoch => Time(epoch.Time)));

    private static IEnumerable<ScalarPoint> Points(IReadOnlyList<StepRecord> steps, IReadOnlyList<EpochRecord> epochs) =>
        steps.SelectMany(Points).Concat(epochs.SelectMany(Points));

    /// <summary>Means over as many parts of the run as a chart can show.</summary>
    private static Block[] Curves(IReadOnlyList<StepRecord> steps)
    {
        int parts = Math.Min(MostPoints, steps.Count);
        var means = Enumerable.Range(0, parts).Select(i =>
        {
            int from = (int)((long)i * steps.Count / parts), to = (int)((long)(i + 1) * steps.Count / parts);
            var part = steps.Skip(from).Take(to - from).ToList();
            return part[^1] with { Loss = part.Average(step => step.Loss), GradientNorm = part.Average(step => step.GradientNorm) };
        }).ToList();
        var table = DataTable.Of(
            "curves", means,
            Column.Whole<StepRecord>("step", step => step.Step),
            Column.Number<StepRecord>("loss", step => step.Loss),
            Column.Number<StepRecord>("learningRate", step => step.LearningRate),
            Column.Number<StepRecord>("gradientNorm", step => step.GradientNorm));
        var axis = new Axis("step", "Step") { Format = "d" };
        List<Block> charts =
        [
            Chart.Lines(
                "Training loss by step", "The mean loss over the batches of each point, before the step.", table, axis,
                new("loss", "Training loss", parts < steps.Count ? "mean over a few batches" : null) { IsLogarithmic = IsLogarithmic(means.Select(step => step.Loss)) }),
        ];
        if (steps.Any(step => step.LearningRate is not null))
        {
            charts.Add(Chart.Lines("Learning rate by step", "The learning rate of each step.", table, axis, new("learningRate", "Learning rate")));
        }

        if (steps.Any(step => step.GradientNorm is not null))
        {
            charts.Add(Chart.Lines(
                "Gradient norm by step", "The Euclidean norm of the whole gradient, before clipping; the mean over the steps of each point.", table, axis,
                new("gradientNorm", "Gradient norm", "Euclidean, before clipping") { IsLogarithmic = IsLogarithmic(means.Select(step => step.GradientNorm).OfType<double>()) }));
        }

        return [.. charts];
    }

    private static DataTable Losses(IReadOnlyList<EpochRecord> epochs) => DataTable.Of(
        "losses",
        epochs.SelectMany(epoch => new[] { (epoch.Epoch, Data: "training", Loss: (double?)epoch.TrainingLoss), (epoch.Epoch, Data: "validation", Loss: epoch.ValidationLoss) }).Where(row => row.Loss is not null),
        Column.Whole<(int Epoch, string Data, double? Loss)>("epoch", row => row.Epoch),
        Column.Text<(int Epoch, string Data, double? Loss)>("data", row => row.Data),
        Column.Number<(int Epoch, string Data, double? Loss)>("loss", row => row.Loss));

    private static string Summary(IReadOnlyList<StepRecord> steps, IReadOnlyList<EpochRecord> epochs)
    {
        string taken = steps.Count == 0 ? "No step." : string.Create(CultureInfo.InvariantCulture, $"{steps[^1].Step} steps, {epochs.Count} epochs. The last batch's loss is {Number(steps[^1].Loss)}.");
        return epochs.Any(epoch => epoch.ValidationLoss is not null)
            ? string.Create(CultureInfo.InvariantCulture, $"{taken} The lowest validation loss is {Number(epochs.Min(epoch => epoch.ValidationLoss ?? double.PositiveInfinity))}.")
            : taken;
    }

    // A logarithmic scale where every value can be on it.
    private static bool IsLogarithmic(IEnumerable<double> values) => values.Where(double.IsFinite).All(value => value > 0);

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
