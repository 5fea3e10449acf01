using Spectre.Console;

namespace Optim.Cli.Compare;

/// <summary>Runs a comparison with a live progress bar for each optimizer, if the terminal supports it.</summary>
internal static class ComparisonProgress
{
    /// <summary>Runs the comparison.</summary>
    public static Comparison Run(IAnsiConsole console, CompareSettings settings, bool quiet, CancellationToken cancellation)
    {
        if (quiet || !console.Profile.Capabilities.Interactive)
        {
            // The digits and tables take seconds, images minutes.
            bool lines = !quiet && settings.Task.Images is { Data.Training.IsNumbers: false };
            return Comparison.Run(settings, (contestant, epochs, loss) => { if (lines && double.IsInteger(epochs)) { console.WriteLine(Line(contestant, epochs, loss)); } }, cancellation);
        }

        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .Start(context =>
            {
                int width = settings.Contestants.Max(contestant => contestant.Title.Length);
                var bars = settings.Contestants.ToDictionary(
                    contestant => contestant, contestant => context.AddTask(contestant.Title, autoStart: false, maxValue: settings.Epochs * settings.Seeds));
                return Comparison.Run(
                    settings,
                    (contestant, epochs, loss) =>
                    {
                        var bar = bars[contestant];
                        if (!bar.IsStarted)
                        {
                            bar.StartTask();
                        }

                        bar.Value = epochs;
                        bar.Description = string.Create(
                            System.Globalization.CultureInfo.InvariantCulture,
                            $"{contestant.Title.PadRight(width)}  loss {loss,7:F4}");
                    },
                    cancellation);
            });

        string Line(Contestant contestant, double epochs, double loss) => string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"{contestant.Title}: epoch {epochs}/{settings.Epochs * settings.Seeds}, training loss {loss:F4}");
    }
}
