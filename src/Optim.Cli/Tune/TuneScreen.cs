using System.Globalization;
using Optim.Cli.Reports;
using Optim.Tuning;
using Spectre.Console;

namespace Optim.Cli.Tune;

/// <summary>A tuning run in the terminal: the best loss over time, the best settings, parameter importance, and the final evaluation.</summary>
internal static class TuneScreen
{
    private const int Best = 8, BarWidth = 24;

    /// <summary>Writes the tuning.</summary>
    public static void Show(IAnsiConsole console, TuneRun run)
    {
        var best = TuneTables.BestSoFar(run.Study);
        if (best.Count > 1)
        {
            var chart = new TerminalCurve("Lowest validation loss so far (mean cross-entropy, logarithmic scale)", "Trials");
            chart.Add("lowest so far", Palette.Terminal(0), best);
            console.Write(chart);
            console.WriteLine();
        }

        console.Write(Filled(TuneText.TrialHeadings(run), Trials(run)));
        console.WriteLine(TuneText.Counts(run));
        console.WriteLine();
        console.WriteLine("Parameter importance (main effects):");
        foreach (var importance in run.Study.Importance())
        {
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {importance.Name,-14} {100 * importance.Share,5:F1} % {new string('#', (int)Math.Round(BarWidth * importance.Share))}").TrimEnd());
        }

        console.WriteLine();
        if (run.Finalists.Count > 1)
        {
            console.Write(Filled(TuneText.FinalistHeadings, run.Finalists.Select(finalist => TuneText.FinalistRow(run, finalist))));
            console.WriteLine(TuneText.Again(run));
            console.WriteLine();
        }

        if (run.Finals.Count > 0)
        {
            console.Write(Filled(TuneText.FinalHeadings(run), run.Finals.Select(final => TuneText.FinalRow(run, final))));
            console.WriteLine(TuneText.Fairness(run));
            console.WriteLine();
        }

        foreach (string line in TuneText.Use(run))
        {
            console.WriteLine(line);
        }
    }

    private static IEnumerable<IReadOnlyList<string>> Trials(TuneRun run) =>
        run.Study.BestFirst.Where(trial => trial.State == TrialState.Complete).Take(Best).Select(trial => TuneText.TrialRow(run, trial));

    private static Table Filled(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (string heading in headings)
        {
            // Without padding, since a terminal of 80 columns would break the figures of the widest table.
            table.AddColumn(heading.Replace(' ', '\n'), column => column.Padding(0, 0));
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        return table;
    }
}
