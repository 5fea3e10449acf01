using Spectre.Console;

namespace Optim.Cli.Compare;

/// <summary>Runs a comparison under a live progress bar for each optimizer, where the terminal can show one.</summary>
internal static class ComparisonProgress
{
    /// <summary>Runs the comparison.</summary>
    public static Comparison Run(IAnsiConsole console, CompareSettings settings, bool quiet, CancellationToken cancellation)
    {
        if (quiet || !console.Profile.Capabilities.Interactive)
        {
            return Comparison.Run(settings, (_, _) => { }, cancellation);
        }

        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .Start(context =>
            {
                int width = settings.Contestants.Max(contestant => contestant.Title.Length);
                var bars = settings.Contestants.ToDictionary(
                    contestant => contestant, contestant => context.AddTask(contestant.Title, autoStart: false, maxValue: settings.Epochs));
                return Comparison.Run(
                    settings,
                    (contestant, point) =>
                    {
                        var bar = bars[contestant];
                        if (point.Epoch == 0)
                        {
                            bar.StartTask();
                        }

                        bar.Value = point.Epoch;
                        bar.Description = string.Create(
                            System.Globalization.CultureInfo.InvariantCulture,
                            $"{contestant.Title.PadRight(width)}  loss {point.TrainingLoss,7:F4}");
                    },
                    cancellation);
            });
    }
}
