using System.Globalization;
using Spectre.Console;

namespace Optim.Cli.Recipes;

/// <summary>The recipes in the terminal: a table of all, or the details of one.</summary>
internal static class RecipeScreen
{
    private const int PlotHeight = 8;

    public static void ShowAll(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("Name", column => column.NoWrap());
        table.AddColumn("Rule", column => column.NoWrap());
        table.AddColumn("What for");
        foreach (var entry in RecipeRegistry.All)
        {
            table.AddRow(new Text(entry.Name), new Text(entry.Settings[0].Value), new Text(entry.Purpose));
        }

        console.Write(table);
        console.WriteLine(FormattableString.Invariant($"{RecipeRegistry.All.Count} recipes. 'optim recipes NAME' describes one, 'optim advise' helps to choose one."));
    }

    public static void Show(IAnsiConsole console, RecipeFacts facts)
    {
        var entry = facts.Entry;
        console.WriteLine($"{entry.Title}: {entry.Purpose}");
        console.WriteLine();
        var facing = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, text) in Lines(entry))
        {
            facing.AddRow(new Text(name), new Text(text));
        }

        console.Write(facing);
        console.WriteLine();
        var settings = new Table().Border(TableBorder.Rounded);
        settings.AddColumn("Setting", column => column.NoWrap());
        settings.AddColumn("Value");
        settings.AddColumn("Says who");
        foreach (var setting in entry.Settings)
        {
            settings.AddRow(new Text(setting.Name), new Text(setting.Value), new Text(setting.Source));
        }

        console.Write(settings);
        ShowRun(console, facts);
        ShowCode(console, facts);
    }

    /// <summary>C# and F#, indented.</summary>
    public static void ShowCode(IAnsiConsole console, RecipeFacts facts)
    {
        foreach (var (language, code) in new[] { ("C#", facts.CSharp), ("F#", facts.FSharp) })
        {
            console.WriteLine();
            console.WriteLine(language);
            foreach (string line in code.ReplaceLineEndings("\n").Split('\n'))
            {
                console.WriteLine("    " + line);
            }
        }
    }

    /// <summary>A recipe's description besides its numbers.</summary>
    public static IEnumerable<(string Name, string Text)> Lines(RecipeEntry entry)
    {
        yield return ("Source", entry.Source);
        yield return ("Usual batch", entry.Batch);
        if (entry.UsualSteps is { } steps)
        {
            yield return ("Usual run", string.Create(CultureInfo.InvariantCulture, $"{steps:N0} steps: {entry.UsualRun}"));
        }

        if (entry.Remarks.Length > 0)
        {
            yield return ("Remarks", entry.Remarks);
        }
    }

    private static void ShowRun(IAnsiConsole console, RecipeFacts facts)
    {
        console.WriteLine();
        console.WriteLine(facts switch
        {
            { TotalSteps: { } steps, BatchSize: { } batch } => string.Create(CultureInfo.InvariantCulture, $"Hyperparameters in a run of {steps:N0} steps, {batch:N0} examples each:"),
            { TotalSteps: { } steps } => string.Create(CultureInfo.InvariantCulture, $"Hyperparameters in a run of {steps:N0} steps:"),
            _ => "Hyperparameters, the same at every step:",
        });
        var all = facts.Hyperparameters.ToLookup(hyperparameter => hyperparameter.Values.Distinct().Count() == 1);
        var constant = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap());
        foreach (var (path, values) in all[true])
        {
            constant.AddRow(new Text("    " + path), new Text(Number(values[0])));
        }

        console.Write(constant);
        foreach (string group in facts.Groups)
        {
            console.WriteLine(group);
        }

        if (all[false].Any())
        {
            ShowChanging(console, facts.Steps, [.. all[false]]);
        }

        if (facts is { LearningRate: { } rate, TotalSteps: { } total })
        {
            console.WriteLine();
            console.WriteLine("Learning rate by step:");
            int width = Math.Clamp(console.Profile.Width - 20, 16, 72);
            foreach (string line in rate.Plot(total == long.MaxValue ? total : total + 1, width, PlotHeight).TrimEnd('\n').Split('\n'))
            {
                console.WriteLine(line);
            }
        }
    }

    private static void ShowChanging(IAnsiConsole console, IReadOnlyList<long> steps, IReadOnlyList<(string Path, IReadOnlyList<double> Values)> changing)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("Step", column => column.RightAligned().NoWrap());
        foreach (var (path, _) in changing)
        {
            table.AddColumn(new TableColumn(new Text(path)).RightAligned());
        }

        for (int i = 0; i < steps.Count; i++)
        {
            table.AddRow([new Text(steps[i].ToString("N0", CultureInfo.InvariantCulture)), .. changing.Select(one => new Text(Number(one.Values[i])))]);
        }

        console.Write(table);
    }

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
