using Optim.Cli.Reports;
using Optim.Reports;
using Optim.Tuning;

namespace Optim.Cli.Tune;

/// <summary>A tuning run's figures as tables.</summary>
internal static class TuneTables
{
    /// <summary>Every finished trial.</summary>
    public static DataTable Trials(TuneRun run)
    {
        var best = BestSoFar(run.Study);
        return DataTable.Of(
            "trials", run.Study.Trials.Select((trial, i) => (Trial: trial, Best: best[i])),
            [
                Column.Whole<(TrialRecord Trial, double Best)>("trial", row => row.Trial.Number),
                Column.Text<(TrialRecord Trial, double Best)>("state", row => StateName(row.Trial.State)),
                Column.Number<(TrialRecord Trial, double Best)>("validationLoss", row => row.Trial.Value),
                Column.Number<(TrialRecord Trial, double Best)>("lastLoss", row => row.Trial.Reports.Count == 0 ? null : row.Trial.Reports[^1].Value),
                Column.Number<(TrialRecord Trial, double Best)>("bestLossSoFar", row => double.IsNaN(row.Best) ? null : row.Best),
                Column.Number<(TrialRecord Trial, double Best)>("validationAccuracy", row => row.Trial.Note(TuneRun.Accuracy)),
                Column.Whole<(TrialRecord Trial, double Best)>("epochs", row => row.Trial.Reports.Count),
                Column.Number<(TrialRecord Trial, double Best)>("seconds", row => row.Trial.Duration.TotalSeconds),
                .. run.Space.Space.Parameters.Select(parameter => parameter is ChoiceParameter
                    ? Column.Text<(TrialRecord Trial, double Best)>(parameter.Name, row => row.Trial.Parameters.Find(parameter.Name)?.Choice)
                    : Column.Number<(TrialRecord Trial, double Best)>(parameter.Name, row => row.Trial.Parameters.Find(parameter.Name)?.Number)),
            ]);
    }

    /// <summary>The losses of every trial, epoch by epoch.</summary>
    public static DataTable Curves(TuneRun run) => DataTable.Of(
        "curves", run.Study.Trials.SelectMany(trial => trial.Reports.Select(report => (trial.Number, Report: report))),
        Column.Whole<(int Number, TrialReport Report)>("trial", row => row.Number),
        Column.Whole<(int Number, TrialReport Report)>("epoch", row => row.Report.Step),
        Column.Number<(int Number, TrialReport Report)>("validationLoss", row => row.Report.Value));

    /// <summary>The best trials, re-evaluated.</summary>
    public static DataTable Finalists(TuneRun run) => DataTable.Of(
        "finalists", run.Finalists.SelectMany(finalist => finalist.Ends.Select((end, i) => (finalist.Trial.Number, Repeat: i, End: end))),
        Column.Whole<(int Number, int Repeat, FitPoint End)>("trial", row => row.Number),
        Column.Whole<(int Number, int Repeat, FitPoint End)>("repeat", row => row.Repeat),
        Column.Number<(int Number, int Repeat, FitPoint End)>("validationLoss", row => row.End.Loss),
        Column.Number<(int Number, int Repeat, FitPoint End)>("validationAccuracy", row => row.End.Accuracy));

    /// <summary>The best and the default on the held-out images.</summary>
    public static DataTable Finals(TuneRun run) => DataTable.Of(
        "final", run.Finals.SelectMany(final => final.Ends.Select((end, i) => (final.Name, Rule: final.Rule.ToString(), Repeat: i, End: end))),
        Column.Text<(string Name, string Rule, int Repeat, FitPoint End)>("setting", row => row.Name),
        Column.Text<(string Name, string Rule, int Repeat, FitPoint End)>("rule", row => row.Rule),
        Column.Whole<(string Name, string Rule, int Repeat, FitPoint End)>("repeat", row => row.Repeat),
        Column.Number<(string Name, string Rule, int Repeat, FitPoint End)>("testLoss", row => row.End.Loss),
        Column.Number<(string Name, string Rule, int Repeat, FitPoint End)>("testAccuracy", row => row.End.Accuracy));

    /// <summary>The lowest loss of the complete trials up to each; NaN before there is one.</summary>
    public static IReadOnlyList<double> BestSoFar(StudyResult study)
    {
        double best = double.NaN;
        return [.. study.Trials.Select(trial => best = trial.Value is { } value && !(value >= best) ? value : best)];
    }

    private static string StateName(TrialState state) => state switch { TrialState.Complete => "complete", TrialState.Pruned => "pruned", _ => "failed" };
}
