using System.Globalization;
using Optim.Tuning;
using Spectre.Console;

namespace Optim.Cli.Tune;

/// <summary>Runs tuning with a live progress bar, if the terminal supports it.</summary>
internal static class TuneProgress
{
    /// <summary>Runs the tuning.</summary>
    public static TuneRun Run(IAnsiConsole console, TuneSettings settings, bool quiet, CancellationToken cancellation)
    {
        if (quiet || !console.Profile.Capabilities.Interactive)
        {
            return TuneRun.Of(settings, _ => { }, cancellation);
        }

        return console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                var bar = context.AddTask("the first trials", maxValue: settings.Trials);
                return TuneRun.Of(
                    settings,
                    progress =>
                    {
                        bar.Value = progress.Ended;
                        bar.Description = Markup.Escape(Line(progress));
                    },
                    cancellation);
            });
    }

    /// <summary>A study's progress, in one line.</summary>
    public static string Line(StudyProgress progress)
    {
        string best = progress.Best is { } trial
            ? string.Create(CultureInfo.InvariantCulture, $"best loss {trial.Value:F4}, score {trial.Note(TuneRun.Accuracy):G3} ({trial.Parameters.Choice(TuneSpace.Optimizer)}, {TuneSpace.RateOf(trial.Parameters)})")
            : "none complete";
        string left = progress.Left is { } time ? string.Create(CultureInfo.InvariantCulture, $", {time:m\\:ss} left") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{progress.Ended}/{progress.Trials} trials, {progress.Pruned} pruned, {progress.Failed} failed; {best}{left}");
    }
}
