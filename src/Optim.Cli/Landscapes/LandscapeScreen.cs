using System.Globalization;
using Optim.Cli.Reports;
using Spectre.Console;

namespace Optim.Cli.Landscapes;

/// <summary>A run in the terminal: the contours with the paths, the curves, the table.</summary>
internal static class LandscapeScreen
{
    /// <summary>Writes the run.</summary>
    public static void Show(IAnsiConsole console, LandscapeRun run)
    {
        console.Write(new LandscapeDrawing(run));
        console.WriteLine();
        var curves = new TerminalCurve($"{LandscapeText.Height} (logarithmic scale)", "Step");
        for (int i = 0; i < run.Paths.Count; i++)
        {
            curves.Add(run.Paths[i].Contestant.Title, Palette.Terminal(i), [.. run.Paths[i].Values.Select(run.Height)]);
        }

        console.Write(curves);
        console.WriteLine();
        var table = new Table().Border(TableBorder.Rounded);
        foreach (string heading in LandscapeText.Headings(run))
        {
            table.AddColumn(heading, column => column.Alignment = table.Columns.Count == 0 ? Justify.Left : Justify.Right);
        }

        for (int i = 0; i < run.Paths.Count; i++)
        {
            int series = i;
            table.AddRow(LandscapeText.Row(run, run.Paths[i]).Select((text, column) => new Text(text, column == 0 ? new Style(Palette.Terminal(series)) : Style.Plain)));
        }

        console.Write(table);
        console.WriteLine();
        console.WriteLine(LandscapeText.Setting(run));
    }

    /// <summary>Lists the landscapes.</summary>
    public static void List(IAnsiConsole console)
    {
        int width = Landscape.All.Max(landscape => landscape.Name.Length);
        foreach (var landscape in Landscape.All)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{landscape.Name.PadRight(width)}  {landscape.Formula}"));
        }
    }
}
