using Optim.Cli.Reports;
using Optim.Reports;

namespace Optim.Cli.Train;

/// <summary>A training run's figures as tables.</summary>
internal static class TrainTables
{
    /// <summary>Every step.</summary>
    public static DataTable Steps(History history, int stepsPerEpoch) => DataTable.Of(
        "steps", history.Steps.Select((point, i) => (Step: i + 1, Point: point)),
        Column.Whole<(int Step, StepPoint Point)>("step", row => row.Step),
        Column.Whole<(int Step, StepPoint Point)>("epoch", row => ((row.Step - 1) / stepsPerEpoch) + 1),
        Column.Number<(int Step, StepPoint Point)>("loss", row => row.Point.Loss),
        Column.Number<(int Step, StepPoint Point)>("accuracy", row => (double)row.Point.Correct / row.Point.Count),
        Column.Number<(int Step, StepPoint Point)>("learningRate", row => row.Point.LearningRate),
        Column.Number<(int Step, StepPoint Point)>("gradientNorm", row => row.Point.GradientNorm));

    /// <summary>Every epoch.</summary>
    public static DataTable Epochs(History history) => DataTable.Of(
        "epochs", history.Epochs,
        Column.Whole<EpochFigures>("epoch", epoch => epoch.Epoch),
        Column.Number<EpochFigures>("trainingLoss", epoch => epoch.TrainingLoss),
        Column.Number<EpochFigures>("trainingAccuracy", epoch => epoch.TrainingAccuracy),
        Column.Number<EpochFigures>("testLoss", epoch => epoch.TestLoss),
        Column.Number<EpochFigures>("testAccuracy", epoch => epoch.TestAccuracy),
        Column.Number<EpochFigures>("seconds", epoch => epoch.Seconds));

    /// <summary>Accuracies by epoch, training and test.</summary>
    public static DataTable Accuracies(History history) => DataTable.Of(
        "accuracies", history.Epochs.SelectMany(epoch => new[] { (epoch.Epoch, "trained on", epoch.TrainingAccuracy), (epoch.Epoch, "held out", epoch.TestAccuracy) }),
        Column.Whole<(int Epoch, string Images, double Accuracy)>("epoch", row => row.Epoch),
        Column.Text<(int Epoch, string Images, double Accuracy)>("images", row => row.Images),
        Column.Number<(int Epoch, string Images, double Accuracy)>("accuracy", row => row.Accuracy));

    /// <summary>The recall of each class.</summary>
    public static DataTable Classes(Trained run, Confusion confusion) => DataTable.Of(
        "classes", run.Data.Classes.Index(),
        Column.Text<(int Index, string Name)>("class", row => row.Name),
        Column.Whole<(int Index, string Name)>("images", row => confusion.Count(row.Index)),
        Column.Number<(int Index, string Name)>("accuracy", row => confusion.Recall(row.Index)));

    /// <summary>The confusion matrix.</summary>
    public static DataTable Confusion(Trained run, Confusion confusion) => DataTable.Of(
        "confusion",
        from actual in Enumerable.Range(0, run.Data.Classes.Count)
        from taken in Enumerable.Range(0, run.Data.Classes.Count)
        select (Actual: actual, Taken: taken),
        Column.Text<(int Actual, int Taken)>("actual", cell => run.Data.Classes[cell.Actual]),
        Column.Text<(int Actual, int Taken)>("taken", cell => run.Data.Classes[cell.Taken]),
        Column.Whole<(int Actual, int Taken)>("count", cell => confusion[cell.Actual, cell.Taken]),
        Column.Number<(int Actual, int Taken)>("share", cell => confusion.Share(cell.Actual, cell.Taken)));

    /// <summary>The curves for TensorBoard, with the time of each point.</summary>
    /// <param name="history">The history.</param>
    /// <param name="stepsPerEpoch">The steps per epoch.</param>
    /// <param name="started">The start of its first step; for a resumed run, as if not interrupted.</param>
    public static ScalarRun Run(History history, int stepsPerEpoch, DateTimeOffset started)
    {
        var points = new List<ScalarPoint>();
        double seconds = 0, epochBegan = 0;
        for (int i = 0; i < history.Steps.Count; i++)
        {
            var point = history.Steps[i];
            var time = started.AddSeconds(seconds += point.Seconds);
            points.AddRange(
                new("train/loss", i + 1, point.Loss, time), new("train/accuracy", i + 1, (double)point.Correct / point.Count, time),
                new("train/learning_rate", i + 1, point.LearningRate, time), new("train/gradient_norm", i + 1, point.GradientNorm, time));
            int epochs = (i + 1) / stepsPerEpoch;
            if ((i + 1) % stepsPerEpoch == 0 && epochs <= history.Epochs.Count)
            {
                var epoch = history.Epochs[epochs - 1];
                time = started.AddSeconds(seconds = epochBegan += epoch.Seconds);
                points.AddRange(new("test/loss", i + 1, epoch.TestLoss, time), new("test/accuracy", i + 1, epoch.TestAccuracy, time));
            }
        }

        return new("train", points);
    }
}
