using System.Globalization;
using System.Reflection;
using Optim.Cli.Train;

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

    /// <summary>A percentage.</summary>
    public static string Accuracy(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");

    /// <summary>A time.</summary>
    public static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:N0} ms");

    /// <summary>The network, the data and the settings.</summary>
    public static string Setting(CompareSettings settings) => Setting(
        settings, settings.Contestants.Where(contestant => contestant.FullBatches).Select(contestant => contestant.Title).ToList());

    private static string Setting(CompareSettings settings, List<string> fullBatches) => string.Create(
        CultureInfo.InvariantCulture,
        $"Network {settings.Task.Network}; {settings.Task.TrainingCount} {settings.Task.Things} trained on, {settings.Task.TestCount} held out; {TrainText.Count(settings.Epochs, "epoch")}, batches of {settings.BatchSize}{(fullBatches.Count == 0 ? "" : $" ({string.Join(", ", fullBatches)}: all digits at each step, one step an epoch)")}, seed {settings.Seed}; Optim {Version}.");

    /// <summary>The command line that reproduces the results.</summary>
    public static string Command(CompareSettings settings)
    {
        var images = settings.Task.Images;
        var rates = settings.Contestants.Where(c => c.LearningRate != (images is null ? Contestant.Find(c.Name)!.LearningRate : ImageComparison.UsualRate(c))).ToList();
        string data = images is var (folder, model, _) ? $"--data {TrainSettings.Quoted(folder)} --model {model} " : "";
        string command = string.Create(
            CultureInfo.InvariantCulture,
            $"optim compare {data}--optimizers {string.Join(',', settings.Contestants.Select(c => c.Name))} --epochs {settings.Epochs} --batch-size {settings.BatchSize} --seed {settings.Seed}");
        return rates.Count == 0
            ? command
            : $"{command} --learning-rate {string.Join(',', rates.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name}={c.LearningRate}")))}";
    }
}
