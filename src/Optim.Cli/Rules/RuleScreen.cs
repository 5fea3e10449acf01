using System.Globalization;
using Spectre.Console;

namespace Optim.Cli.Rules;

/// <summary>The rules in the terminal: a table of all, or the details of one.</summary>
internal static class RuleScreen
{
    public static void ShowAll(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("Name", column => column.NoWrap());
        table.AddColumn("Rule");
        table.AddColumn("What it does");

        table.AddColumn("Slots", column => column.RightAligned());
        foreach (var facts in RuleFacts.Of(RuleRegistry.All))
        {
            table.AddRow(
                new Text(facts.Entry.Name), new Text(facts.Entry.Title), new Text(facts.Entry.Summary),
                new Text(facts.SlotsPerParameter.ToString(CultureInfo.InvariantCulture)));
        }

        console.Write(table);
        console.WriteLine(FormattableString.Invariant($"{RuleRegistry.All.Count} rules. 'optim rules NAME' describes one. Slots: numbers kept per parameter, at the defaults."));
    }

    public static void Show(IAnsiConsole console, RuleFacts facts)
    {
        console.WriteLine($"{facts.Entry.Title}: {facts.Entry.Summary}");
        console.WriteLine();
        foreach (string line in facts.Formula)
        {
            console.WriteLine("    " + line);
        }

        console.WriteLine();
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, text) in RuleDocument.Lines(facts))
        {
            grid.AddRow(new Text(name), new Text(text));
        }

        console.Write(grid);
    }
}
