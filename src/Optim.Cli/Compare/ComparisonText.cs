using System.Globalization;
using System.Reflection;
using Optim.Cli.Reports;
using Optim.Cli.Train;
using Optim.Cli.Training.Sources;

namespace Optim.Cli.Compare;

/// <summary>A comparison's figures as text, the same in the terminal and in the report.</summary>
internal static class ComparisonText
{
    /// <summary>The version of the library.</summary>
    public static string Version { get; } =
        typeof(Rule).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The final loss of a run; a word if it is not finite or above the initial one.</summary>
    public static string Loss(Result result) =>
        result.Diverged ? "diverged" : result.Run.Final.TrainingLoss.ToString("F4", CultureInfo.InvariantCulture);

    /// <summary>A percentage; a dash if there is none.</summary>
    public static string Accuracy(double share) => TrainText.Percent(share, 1);

    /// <summary>How many seeds the figures are of.</summary>
    public static string Seeds(CompareSettings settings) => settings.Seeds == 1
        ? "one run of one seed" : string.Create(CultureInfo.InvariantCulture, $"medians of {settings.Seeds} seeds");

    /// <summary>The heading of the page.</summary>
    public static string Title(CompareSettings settings) => $"{settings.Task.Title}: {Seeds(settings)}";

    /// <summary>How the figures are to be read: what is noise. A sentence or more.</summary>
    public static IEnumerable<string> Reading(Comparison comparison)
    {
        if (comparison.Settings.Seeds == 1)
        {
            yield return "One run of one seed: another seed may change the order. --seeds 5 shows which differences are within the noise.";
            yield break;
        }

        foreach (var noise in new[] { Noise.OfLoss(comparison), Noise.OfScore(comparison) })
        {
            if (noise is not null)
            {
                yield return noise.InWords();
            }
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"(Paired t-tests over {comparison.Settings.Seeds} seeds of weights and batches, with the same held out, against the best median, corrected by Holm's method; within the noise is p >= {Difference.Level}.{(comparison.Settings.Seeds < 4 ? " So few seeds show large differences only." : "")})");
    }

    /// <summary>The quartiles of the final losses.</summary>
    public static string LossBand(IReadOnlyList<TrainingRun> runs) => Band(share => Quantile.Of(runs.Select(run => run.Final.TrainingLoss), share), loss => loss.ToString("F4", CultureInfo.InvariantCulture));

    /// <summary>The quartiles of the final scores.</summary>
    public static string ScoreBand(IReadOnlyList<TrainingRun> runs, ComparisonTask task) => Band(share => Quantile.OfScores(runs.Select(run => run.Final.TestAccuracy), share), task.ScoreText);

    private static string Band(Func<double, double> quantile, Func<double, string> text) => $"{text(quantile(0.25))} to {text(quantile(0.75))}";

    /// <summary>A time.</summary>
    public static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:N0} ms");

    /// <summary>The network, the data and the settings.</summary>
    public static string Setting(CompareSettings settings) => Setting(
        settings, settings.Contestants.Where(contestant => contestant.FullBatches).Select(contestant => contestant.Title).ToList());

    private static string Setting(CompareSettings settings, List<string> fullBatches) => string.Create(
        CultureInfo.InvariantCulture,
        $"Network {settings.Task.Network}; {settings.Task.TrainingCount} {settings.Task.Things} trained on, {settings.Task.TestCount} held out; {TrainText.Count(settings.Epochs, "epoch")}, batches of {settings.BatchSize}{(fullBatches.Count == 0 ? "" : $" ({string.Join(", ", fullBatches)}: all digits at each step, one step an epoch)")}, seed{(settings.Seeds == 1 ? $" {settings.Seed}" : $"s {settings.Seed} to {settings.Seed + settings.Seeds - 1}")}; {(settings.Tune == 0 ? "" : $"each learning rate the best of {settings.Tune} trials on a fifth of what is trained on; ")}Optim {Version}.");

    /// <summary>The command line that reproduces the results.</summary>
    public static string Command(CompareSettings settings)
    {
        var images = settings.Task.Images;
        var rates = settings.Contestants.Where(c => c.LearningRate != (images is null ? Contestant.Find(c.Name)!.LearningRate : ImageComparison.UsualRate(c, !DataSource.IsTable(images.Value.Folder)))).ToList();
        string data = images is var (path, source, model, _) ? $"--data {TrainSettings.Quoted(path)} {source.CommandLine()}--model {model} " : "";
        string command = string.Create(
            CultureInfo.InvariantCulture,
            $"optim compare {data}--optimizers {string.Join(',', settings.Contestants.Select(c => c.Name))} --epochs {settings.Epochs} --batch-size {settings.BatchSize} --seed {settings.Seed}{(settings.Seeds == 1 ? "" : $" --seeds {settings.Seeds}")}");
        return rates.Count == 0
            ? command
            : $"{command} --learning-rate {string.Join(',', rates.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name}={c.LearningRate}")))}";
    }
}
