using System.Globalization;
using Optim.Cli.Train;
using Optim.Cli.Training;
using Optim.Tuning;

namespace Optim.Cli.Tune;

/// <summary>A tuning run's figures as text, the same in the terminal and in the report.</summary>
internal static class TuneText
{
    /// <summary>The columns of a table of trials.</summary>
    public static IReadOnlyList<string> TrialHeadings(TuneRun run) =>
        ["Trial", "Optimizer", "Rate", "Schedule", "Decay", "Mom., beta1", "1-beta2", "Loss", Score.Title(run.Settings.Subject.Data)];

    /// <summary>The columns of the table of finalists.</summary>
    public static IReadOnlyList<string> FinalistHeadings { get; } = ["Trial", "Optimizer", "Rate", "Schedule", "Loss in study", "Again, mean", "from", "to"];

    /// <summary>The columns of the table of final results.</summary>
    public static IReadOnlyList<string> FinalHeadings(TuneRun run) => ["", $"Test {Score.Name(run.Settings.Subject.Data)}, mean", "Of each training", "Test loss, mean"];

    /// <summary>A trial's cells.</summary>
    public static IReadOnlyList<string> TrialRow(TuneRun run, TrialRecord trial) =>
    [
        trial.Number.ToString(CultureInfo.InvariantCulture),
        run.Space.TitleOf(trial.Parameters),
        TuneSpace.Text(trial.Parameters, TuneSpace.Rate),
        TuneSpace.Text(trial.Parameters, TuneSpace.Schedule),
        TuneSpace.Text(trial.Parameters, "weight-decay"),
        TuneSpace.Text(trial.Parameters, trial.Parameters.Has("momentum") ? "momentum" : "beta1"),
        TuneSpace.Text(trial.Parameters, "1-beta2"),
        trial.Value is { } value ? Loss(value) : "",
        trial.Note(TuneRun.Accuracy) is { } accuracy ? Score.Text(run.Settings.Subject.Data, accuracy, 1) : "",
    ];

    /// <summary>A finalist's cells.</summary>
    public static IReadOnlyList<string> FinalistRow(TuneRun run, Finalist finalist) =>
    [
        finalist.Trial.Number.ToString(CultureInfo.InvariantCulture) + (finalist.IsDefault ? "*" : ""),
        run.Space.TitleOf(finalist.Trial.Parameters),
        TuneSpace.Text(finalist.Trial.Parameters, TuneSpace.Rate),
        TuneSpace.Text(finalist.Trial.Parameters, TuneSpace.Schedule),
        finalist.Trial.Value is { } value ? Loss(value) : "pruned",
        Loss(finalist.Loss), Loss(finalist.Ends.Min(end => end.Loss)), Loss(finalist.Ends.Max(end => end.Loss)),
    ];

    /// <summary>How the finalists were evaluated.</summary>
    public static string Again(TuneRun run) => string.Create(
        CultureInfo.InvariantCulture,
        $"The best of many trials is partly luck. These were re-evaluated {run.Settings.Repeats} time{(run.Settings.Repeats == 1 ? "" : "s")}, on other folds with other weights; the first is the one to use.{(run.Finalists.Any(finalist => finalist.IsDefault) ? " * The default of 'optim compare'." : "")}");

    /// <summary>A final result's cells.</summary>
    public static IReadOnlyList<string> FinalRow(TuneRun run, FinalResult final) =>
    [
        final.Name, Score.Text(run.Settings.Subject.Data, final.Accuracy, 2), string.Join(", ", final.Ends.Select(end => Score.Text(run.Settings.Subject.Data, end.Accuracy, 1))), Loss(final.Loss),
    ];

    /// <summary>The number of trials, by outcome.</summary>
    public static string Counts(TuneRun run)
    {
        var trials = run.Study.Trials;
        string end = run.Study.End switch { StudyEnd.Cancelled => " Interrupted.", StudyEnd.TimedOut => " The time was up.", _ => "" };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{trials.Count} of {run.Settings.Trials} trials: {trials.Count(t => t.State == TrialState.Complete)} complete, {trials.Count(t => t.State == TrialState.Pruned)} pruned, {trials.Count(t => t.State == TrialState.Failed)} diverged or failed; {trials.Sum(t => t.Reports.Count)} epochs instead of {trials.Count * run.Settings.Epochs}; {trials.Sum(t => t.Duration.TotalSeconds):F0} s of trials, {run.Settings.Threads} at a time.{end}");
    }

    /// <summary>Which images were used for what.</summary>
    public static string Fairness(TuneRun run) => string.Create(
        CultureInfo.InvariantCulture,
        $"Trials were chosen by the loss on {(run.Settings.Folds == 1 ? "a fifth" : $"{run.Settings.Folds} fifths in turn")} of the {run.Settings.Subject.Data.Training.Count} {Score.Things(run.Settings.Subject.Data)} to train on, which that trial's network was not trained on. The {run.Settings.Subject.Data.Test.Count} held-out {Score.Things(run.Settings.Subject.Data)} were used only for this table: both settings trained on all the others, {TrainText.Count(run.Settings.Epochs, "epoch")}, {run.Settings.Repeats} time{(run.Settings.Repeats == 1 ? "" : "s, from other weights on other batches")}.");

    /// <summary>How to use the best setting.</summary>
    public static IEnumerable<string> Use(TuneRun run)
    {
        if (run.Chosen is not { } best)
        {
            yield return "No trial is complete. Try --pruner none, or more trials.";
            yield break;
        }

        yield return "The best rule, in C#:";
        yield return $"  var rule = {run.Space.Code(best.Parameters, run.FinalSteps)};";
        yield return "in F#:";
        yield return $"  let rule = {run.Space.FSharpCode(best.Parameters, run.FinalSteps)}";
        if (!run.Settings.Subject.IsSmall)
        {
            yield return "The equivalent training run:";
            yield return string.Create(CultureInfo.InvariantCulture, $"  optim train {run.Settings.Subject.Options} --epochs {run.Settings.Epochs} {TuneSpace.TrainOptions(best.Parameters)}");
        }
    }

    private static string Loss(double loss) => loss.ToString("F4", CultureInfo.InvariantCulture);
}
