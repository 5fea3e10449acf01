using System.Globalization;

namespace Optim.Reports;

/// <summary>A training run's history as a report.</summary>
internal static class HistoryReport
{
    public static Report Of(string title, string rule, IReadOnlyList<StepRecord> steps, IReadOnlyList<EpochRecord> epochs, DateTimeOffset? started)
    {
        DataTable all = Steps(steps), byEpoch = Epochs(epochs);
        DateTimeOffset begun = started ?? default, ended = epochs.Select(epoch => epoch.Time).Concat(steps.Select(step => step.Time)).Append(begun).Max();
        List<Section> sections = [];
        if (steps.Count > 0)
        {
            sections.Add(new("Curves", [.. TrainingReports.Curves(steps)]));
        }

        if (epochs.Count > 0)
        {
            sections.Add(new(
                "Epochs",
                Chart.Lines(
                    "Loss by epoch", "The training loss, each batch before its step, and the validation loss.", Losses(epochs), new("epoch", "Epoch") { Format = "d" },
                    new("loss", "Loss") { IsLogarithmic = TrainingReports.IsLogarithmic(epochs.Select(epoch => epoch.TrainingLoss).Concat(epochs.Select(epoch => epoch.ValidationLoss).OfType<double>())) }, "data"),
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

    private static DataTable Losses(IReadOnlyList<EpochRecord> epochs) => DataTable.Of(
        "losses",
        epochs.SelectMany(epoch => new[] { (epoch.Epoch, Data: "training", Loss: (double?)epoch.TrainingLoss), (epoch.Epoch, Data: "validation", Loss: epoch.ValidationLoss) }).Where(row => row.Loss is not null),
        Column.Whole<(int Epoch, string Data, double? Loss)>("epoch", row => row.Epoch),
        Column.Text<(int Epoch, string Data, double? Loss)>("data", row => row.Data),
        Column.Number<(int Epoch, string Data, double? Loss)>("loss", row => row.Loss));

    private static string Summary(IReadOnlyList<StepRecord> steps, IReadOnlyList<EpochRecord> epochs)
    {
        // Not each step is recorded, and those before a resume are not: an epoch may know of later ones, and of more epochs.
        long taken = Math.Max(steps.Count > 0 ? steps[^1].Step : 0, epochs.Count > 0 ? epochs[^1].Step : 0);
        int completed = epochs.Count > 0 ? epochs[^1].Epoch : 0;
        List<string> sentences = [taken == 0 ? "No step." : $"{Count(taken, "step")}, {Count(completed, "epoch")}."];
        if (steps.Count > 0)
        {
            sentences.Add($"The last recorded batch's loss is {Number(steps[^1].Loss)}.");
        }

        int lost = steps.Count(step => !double.IsFinite(step.Loss));
        if (lost > 0)
        {
            sentences.Add($"{Count(lost, "recorded loss", "es")} of {steps.Count.ToString(CultureInfo.InvariantCulture)} {(lost == 1 ? "is" : "are")} not finite.");
        }

        double[] validated = [.. epochs.Select(epoch => epoch.ValidationLoss).OfType<double>()];
        if (validated.Length > 0)
        {
            double[] finite = [.. validated.Where(double.IsFinite)];
            sentences.Add(finite.Length > 0 ? $"The lowest validation loss is {Number(finite.Min())}." : "No validation loss is finite.");
        }

        return string.Join(' ', sentences);
    }

    private static string Count(long number, string thing, string plural = "s") => string.Create(CultureInfo.InvariantCulture, $"{number} {thing}{(number == 1 ? "" : plural)}");

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
