using Optim.CSharp;
using Optim.Properties.Checkpoints;
using Optim.Properties.Reporting;
using Optim.Reports;
using Xunit;

namespace Optim.Properties.Documentation;

public class ReportsExample
{
    [Fact]
    public void The_history_of_the_page_on_reports()
    {
        using TemporaryFolder temporary = new();
        string folder = temporary.Path;
        var parameter = Parameter.Of("w", new double[2]);
        using var optimizer = InPlaceOptimizer.Create(new AdamW { LearningRate = 0.1 }, parameter);
        double[][] batches = [[0.1, -0.1], [-0.1, 0.1], [0, 0.2]];

        using var history = new TrainingHistory<double>(optimizer)
        {
            Page = Path.Combine(folder, "run.html"),              // rewritten, whole, after each epoch
            Csv = Path.Combine(folder, "figures"),                // steps.csv and epochs.csv grow
            TensorBoard = Path.Combine(folder, "runs/first"),     // tensorboard --logdir runs, while it trains
        };
        var trainer = new Trainer<double, double[]>(optimizer, LossAndGradient)
        {
            Options = new() { Epochs = 5 }, Validate = () => LossAndGradient([0, 0]), Callbacks = [history],
        };
        trainer.Run(_ => batches);

        double lowest = history.Epochs.Min(epoch => epoch.ValidationLoss!.Value);
        double? rate = history.Steps[^1].LearningRate, norm = history.Steps[^1].GradientNorm;

        Assert.Equal((0.1, 15), (rate, history.Steps.Count));
        Assert.True(lowest < 2 && norm > 0);
        Assert.True(File.Exists(Path.Combine(folder, "run.html")) && File.Exists(Path.Combine(folder, "figures", "steps.csv")) && Directory.GetFiles(Path.Combine(folder, "runs/first")).Length == 1);

        double LossAndGradient(double[] batch)
        {
            double loss = 0;
            for (int i = 0; i < batch.Length; i++)
            {
                double distance = parameter.Values.Span[i] - 1 - batch[i];
                parameter.Gradient.Span[i] = 2 * distance;
                loss += distance * distance;
            }

            return loss;
        }
    }

    [Fact]
    public void The_reports_of_the_page_on_reports()
    {
        using TemporaryFolder temporary = new();
        string folder = temporary.Path;
        var study = LibraryReports.Searched();
        var found = LibraryReports.Tested(0.01);

        study.SaveReport(Path.Combine(folder, "study.html"));         // trials, parameters, importance, the best
        found.SaveReport(Path.Combine(folder, "rates.html"));         // the curve, the readings, the reason

        var landscape = Landscape.Find("himmelblau")!;
        LandscapeReports.Of(landscape,
        [
            LandscapeWalk.Of(landscape, "SGD", new Sgd { LearningRate = 0.01 }, steps: 100),
            LandscapeWalk.Of(landscape, "Adam", new Adam { LearningRate = 0.3 }, steps: 100),
        ]).SavePage(Path.Combine(folder, "paths.html"));              // contours, paths, a step slider

        Assert.All((string[])["study", "rates", "paths"], name => Assert.True(File.Exists(Path.Combine(folder, name + ".html"))));

        var started = DateTimeOffset.UtcNow;
        (int Epoch, string Model, double Accuracy)[] rows = [(1, "small", 0.5), (2, "small", 0.6), (1, "large", 0.7), (2, "large", 0.8)];

        var runs = DataTable.Of(
            "accuracies", rows,
            Column.Whole<(int Epoch, string Model, double Accuracy)>("epoch", row => row.Epoch),
            Column.Text<(int Epoch, string Model, double Accuracy)>("model", row => row.Model),
            Column.Number<(int Epoch, string Model, double Accuracy)>("accuracy", row => row.Accuracy));

        var report = new Report("Two models")
        {
            Summary = "The larger one learns faster.",
            Sections = [new("Accuracy", Chart.Lines("Accuracy by epoch", "Of both models.", runs, new("epoch", "Epoch") { Format = "d" }, new("accuracy", "Accuracy", "%") { Format = ".1~%" }, "model"))],
            Data = [runs],
            Origin = ReportOrigin.Here(started, DateTimeOffset.UtcNow),
        };
        report.SavePage(Path.Combine(folder, "models.html"));
        report.SaveCsv(Path.Combine(folder, "models"));               // accuracies.csv

        Assert.StartsWith("epoch,model,accuracy\r\n1,small,0.5\r\n", File.ReadAllText(Path.Combine(folder, "models", "accuracies.csv")), StringComparison.Ordinal);
    }
}
