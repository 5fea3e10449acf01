using System.Text.Json.Nodes;
using Optim.Cli.Reports;
using Optim.Cli.Training;
using Optim.Reports;

namespace Optim.Cli.Tune;

/// <summary>A tuning as a report.</summary>
internal static class TuneReport
{
    /// <summary>The report.</summary>
    /// <param name="run">The tuning.</param>
    /// <param name="started">When it began.</param>
    public static CommandReport Of(TuneRun run, DateTimeOffset started)
    {
        DataTable trials = TuneTables.Trials(run), finalists = TuneTables.Finalists(run), finals = TuneTables.Finals(run);
        var importance = StudyReports.Importance(run.Study);
        var settings = run.Settings;
        var data = settings.Subject.Data;
        List<Section> sections =
        [
            new(
                "Trials",
                StudyReports.History(
                    trials, new("lastLoss", "Validation loss", data.Target is null ? "mean cross-entropy, nats" : "mean squared error, standardized") { IsLogarithmic = true }, "bestLossSoFar",
                    "Loss by trial", "The validation loss of each trial in order, and the lowest of the complete trials so far.",
                    ["trial", "state", "validationLoss", "validationAccuracy", "epochs", "optimizer", "learning-rate", "schedule"]),
                "Each dot is a trial, complete or pruned. The line is the lowest loss of the complete ones."),
            new(
                "Parameters",
                StudyReports.Parallel(run.Study, TuneSpace.Text),
                "Each line is a trial, from parameter to parameter, low to high; log-scaled if they span decades, choices in the order of the command line. Better trials are drawn stronger. Inactive parameters are skipped.",
                Chart.Points(
                    $"{Score.Title(data)} by learning rate", $"The validation {Score.Name(data)} of each trial by its learning rate, coloured by optimizer; pruned trials at their last value.",
                    trials, new("learning-rate", "Learning rate") { IsLogarithmic = true, Format = ".3~g" },
                    data.Target is null
                        ? new("validationAccuracy", "Validation accuracy", $"% of the validation {Score.Things(data)}") { Format = ".1~%" }
                        : new("validationAccuracy", "Validation R^2", "fraction of the variance explained") { Format = ".3~f" }, "optimizer"),
                importance,
                "The main effects of an analysis of variance on the ranks of the trials (see ParameterImportance); interactions are not included."),
            new("The best trials", new TextTable(TuneText.TrialHeadings(run), [.. run.Study.BestFirst.Take(10).Select(trial => TuneText.TrialRow(run, trial))]), TuneText.Counts(run)),
        ];
        if (run.Finalists.Count > 1)
        {
            sections.Add(new("Judged again", new TextTable(TuneText.FinalistHeadings, [.. run.Finalists.Select(finalist => TuneText.FinalistRow(run, finalist))]), TuneText.Again(run)));
        }

        if (run.Finals.Count > 0)
        {
            sections.Add(new($"On the held-out {Score.Things(data)}", new TextTable(TuneText.FinalHeadings(run), [.. run.Finals.Select(final => TuneText.FinalRow(run, final))]), TuneText.Fairness(run)));
        }

        sections.Add(new("To use it", new Code(string.Join('\n', TuneText.Use(run)))));
        return new("tune", "Hyperparameters tuned", Provenance.Of(settings.CommandLine, settings.Subject.Settings.Seed, settings.Threads, started) with
        {
            Reproducibility = settings.Threads == 1
                ? "One trial at a time: the same seed gives the same trials."
                : "With several threads what a trial knows of the others depends on their speed; --threads 1 gives the same trials each time.",
        })
        {
            Summary = $"{TuneText.Counts(run)} On {settings.Subject.InWords}.",
            Sections = sections,
            Data = [trials, TuneTables.Curves(run), importance.Data[0], finalists, finals],
            Document = Document(run, [trials, TuneTables.Curves(run), importance.Data[0], finalists, finals]),
        };
    }

    private static JsonObject Document(TuneRun run, DataTable[] tables)
    {
        var document = new JsonObject
        {
            ["end"] = run.Study.End.ToString(),
            ["data"] = run.Settings.Subject.Data.Name,
            ["model"] = run.Settings.Subject.ModelName,
            ["epochs"] = run.Settings.Epochs,
            ["folds"] = run.Settings.Folds,
            ["sampler"] = run.Settings.Sampler,
            ["pruner"] = run.Settings.Pruner,
            ["best"] = run.Chosen is not { } best ? null : new JsonObject
            {
                ["trial"] = best.Number,
                ["validationLoss"] = best.Value,
                ["validationAccuracy"] = best.Note(TuneRun.Accuracy),
                ["rule"] = run.Space.RuleOf(best.Parameters, run.FinalSteps).ToString(),
                ["code"] = run.Space.Code(best.Parameters, run.FinalSteps),
            },
            ["testAccuracy"] = new JsonObject(run.Finals.Select(final => KeyValuePair.Create<string, JsonNode?>(final.Name, Json.Number(final.Accuracy)))),
        };
        foreach (var table in tables)
        {
            document[table.Name] = table.ToJson();
        }

        return document;
    }
}
