using System.Globalization;
using Optim.Tuning;

namespace Optim.Reports;

/// <summary>Studies as charts and reports.</summary>
/// <remarks><code>study.Run(objective).SaveReport("study.html");</code></remarks>
public static class StudyReports
{
    private const int MostRows = 20;

    /// <summary>A report: each trial's value and the best so far, the parameters of good trials, which parameters matter, intermediate values, the best trials.</summary>
    /// <param name="result">The study's result, with at least one finished trial.</param>
    /// <param name="title">The title. Default: "Hyperparameter study".</param>
    public static Report ToReport(this StudyResult result, string title = "Hyperparameter study")
    {
        ArgumentNullException.ThrowIfNull(result);
        DataTable trials = Trials(result), reports = Intermediate(result);
        var importance = Importance(result);
        bool isLogarithmic = trials.Rows.Count > 0 && result.Trials.All(trial => trial.Value is null or > 0);
        List<Section> sections =
        [
            new(
                "Trials",
                History(
                    trials, new("last", "Value") { IsLogarithmic = isLogarithmic }, "best", "Value by trial", "The last value of each trial in order, and the best of the complete trials so far.",
                    [.. trials.Columns.Select(column => column.Name)]),
                $"Each dot is a trial, complete or pruned. The line is the best of the complete ones{(result.Study.Goals.Count == 0 ? "" : ", by the value alone")}."),
            new(
                "Parameters", Parallel(result, TextOf),
                "Each line is a trial, from parameter to parameter, low to high. Better trials are drawn stronger. Inactive parameters are skipped.",
                importance, "The main effects of an analysis of variance on the ranks of the trials (see ParameterImportance); interactions are not included."),
        ];
        if (reports.Rows.Count > 0)
        {
            string[] drawn = [.. result.BestFirst.Where(trial => trial.Reports.Count > 0).Take(Chart.Colors.Count).Select(trial => trial.Number.ToString(CultureInfo.InvariantCulture))];
            sections.Add(new("Intermediate values", Chart.Lines(
                "Value by progress", "The values that the best trials have reported.", reports, new("step", "Progress") { Format = "d" },
                new("value", "Value") { IsLogarithmic = isLogarithmic }, "trial", drawn)));
        }

        sections.Add(new("The best trials", new TextTable(["Trial", "State", "Value", "Parameters", "Time"], [.. result.BestFirst.Take(MostRows).Select(Row)])));
        return new(title)
        {
            Summary = Counts(result),
            Sections = sections,
            Data = [trials, reports, importance.Data[0]],
        };
    }

    /// <summary>Writes a report as a page: see <see cref="Report.SavePage"/>.</summary>
    /// <param name="result">The study's result.</param>
    /// <param name="path">The file.</param>
    /// <param name="title">The title.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void SaveReport(this StudyResult result, string path, string title = "Hyperparameter study") => result.ToReport(title).SavePage(path);

    /// <summary>Each trial's last value in order, and the best so far.</summary>
    /// <param name="trials">One row per trial: its number <c>trial</c>, <c>state</c>, and the columns named by the next two.</param>
    /// <param name="last">The axis of the last value.</param>
    /// <param name="best">The column of the best so far.</param>
    /// <param name="title">The title.</param>
    /// <param name="description">The alternative text.</param>
    /// <param name="tooltips">The columns shown when pointing at a trial.</param>
    public static Chart History(DataTable trials, Axis last, string best, string title, string description, IReadOnlyList<string> tooltips)
    {
        ArgumentNullException.ThrowIfNull(trials);
        ArgumentNullException.ThrowIfNull(last);
        return StudyCharts.History(trials, last, best, title, description, tooltips);
    }

    /// <summary>One line per complete or pruned trial through the relative positions of its parameters; better trials are drawn stronger.</summary>
    /// <param name="result">The study's result.</param>
    /// <param name="text">From an assignment and a parameter's name to its value as text.</param>
    public static Chart Parallel(StudyResult result, Func<Assignment, string, string> text)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(text);
        var space = result.Study.Space;
        var rows = DataTable.Of(
            "parallel",
            result.BestFirst.Where(trial => trial.State is TrialState.Complete or TrialState.Pruned)
                .SelectMany((trial, rank) => space.Parameters.Where(p => trial.Parameters.Has(p.Name)).Select(p => (Trial: trial, Rank: rank, Parameter: p))),
            Column.Whole<(TrialRecord Trial, int Rank, SearchParameter Parameter)>("trial", row => row.Trial.Number),
            Column.Whole<(TrialRecord Trial, int Rank, SearchParameter Parameter)>("rank", row => row.Rank + 1),
            Column.Text<(TrialRecord Trial, int Rank, SearchParameter Parameter)>("parameter", row => row.Parameter.Name),
            Column.Number<(TrialRecord Trial, int Rank, SearchParameter Parameter)>("position", row => row.Parameter.PositionOf(row.Trial.Parameters[row.Parameter.Name])),
            Column.Text<(TrialRecord Trial, int Rank, SearchParameter Parameter)>("value", row => text(row.Trial.Parameters, row.Parameter.Name)));
        return StudyCharts.Parallel(rows, [.. space.Parameters.Select(parameter => parameter.Name)]);
    }

    /// <summary>The importance of each parameter as bars: <see cref="StudyResult.Importance"/>.</summary>
    /// <param name="result">The study's result.</param>
    public static Chart Importance(StudyResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var shares = DataTable.Of(
            "importance", result.Importance(),
            Column.Text<ParameterImportance>("parameter", item => item.Name),
            Column.Number<ParameterImportance>("share", item => item.Share));
        return Chart.Bars("Importance", "The importance of each parameter by itself.", shares, "parameter", new("share", "Share of the explained variance", "%") { Format = ".1~%" });
    }

    private static DataTable Trials(StudyResult result)
    {
        double?[] best = new double?[result.Trials.Count];
        for (int i = 0; i < best.Length; i++)
        {
            double? before = i == 0 ? null : best[i - 1];
            best[i] = result.Trials[i].Value is { } value && !(result.Study.Direction == StudyDirection.Minimize ? value >= before : value <= before) ? value : before;
        }

        return DataTable.Of(
            "trials", result.Trials.Select((trial, i) => (Trial: trial, Best: best[i])),
            [
                Column.Whole<(TrialRecord Trial, double? Best)>("trial", row => row.Trial.Number),
                Column.Text<(TrialRecord Trial, double? Best)>("state", row => State(row.Trial.State)),
                Column.Number<(TrialRecord Trial, double? Best)>("value", row => row.Trial.Value),
                Column.Number<(TrialRecord Trial, double? Best)>("last", row => row.Trial.Value ?? (row.Trial.Reports.Count == 0 ? null : row.Trial.Reports[^1].Value)),
                Column.Number<(TrialRecord Trial, double? Best)>("best", row => row.Best),
                Column.Number<(TrialRecord Trial, double? Best)>("seconds", row => row.Trial.Duration.TotalSeconds),
                .. result.Study.Space.Parameters.Select(parameter => parameter is ChoiceParameter
                    ? Column.Text<(TrialRecord Trial, double? Best)>("parameter " + parameter.Name, row => row.Trial.Parameters.Find(parameter.Name)?.Choice)
                    : Column.Number<(TrialRecord Trial, double? Best)>("parameter " + parameter.Name, row => row.Trial.Parameters.Find(parameter.Name)?.Number)),
                .. result.Trials.SelectMany(trial => trial.Notes).Select(note => note.Name).Distinct(StringComparer.Ordinal)
                    .Select(name => Column.Number<(TrialRecord Trial, double? Best)>("note " + name, row => row.Trial.Note(name))),
            ]);
    }

    private static DataTable Intermediate(StudyResult result) => DataTable.Of(
        "reports", result.Trials.SelectMany(trial => trial.Reports.Select(report => (trial.Number, Report: report))),
        Column.Text<(int Number, TrialReport Report)>("trial", row => row.Number.ToString(CultureInfo.InvariantCulture)),
        Column.Whole<(int Number, TrialReport Report)>("step", row => row.Report.Step),
        Column.Number<(int Number, TrialReport Report)>("value", row => row.Report.Value));

    private static string[] Row(TrialRecord trial) =>
    [
        trial.Number.ToString(CultureInfo.InvariantCulture), State(trial.State), trial.Value?.ToString("G5", CultureInfo.InvariantCulture) ?? "-",
        string.Join(", ", trial.Parameters.Select(parameter => $"{parameter.Key} {TextOf(trial.Parameters, parameter.Key)}")),
        string.Create(CultureInfo.InvariantCulture, $"{trial.Duration.TotalSeconds:0.0} s"),
    ];

    private static string TextOf(Assignment assignment, string name) =>
        assignment[name] is var value && value.Choice is { } choice ? choice : value.Number.ToString("G4", CultureInfo.InvariantCulture);

    private static string Counts(StudyResult result)
    {
        int Of(TrialState state) => result.Trials.Count(trial => trial.State == state);
        string best = (result.Best, result.Study.Goals.Count) switch
        {
            (null, _) => " None is complete.",
            ({ } trial, 0) => string.Create(CultureInfo.InvariantCulture, $" The best value is {trial.Value:G5}, of trial {trial.Number}."),
            _ => $" No other is better in every goal than {(result.Front.Count == 1 ? "trial" : "trials")} {string.Join(", ", result.Front.Select(trial => trial.Number.ToString(CultureInfo.InvariantCulture)))}.",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Trials.Count} trials: {Of(TrialState.Complete)} complete, {Of(TrialState.Pruned)} pruned, {Of(TrialState.Failed)} failed; {result.Elapsed.TotalSeconds:0.0} s.{best}");
    }

    private static string State(TrialState state) => state switch { TrialState.Complete => "complete", TrialState.Pruned => "pruned", _ => "failed" };
}
