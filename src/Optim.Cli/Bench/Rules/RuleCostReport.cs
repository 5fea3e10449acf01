using System.Globalization;
using Spectre.Console;

namespace Optim.Cli.Bench.Rules;

/// <summary>The text report: a table, those nearest to their limit first, then what was left out.</summary>
internal static class RuleCostReport
{
    public static void Write(RuleCostRun run, TextWriter output)
    {
        var console = Terminal.For(output, folding: false);
        console.WriteLine($"{run.Processor}: a step in place on float32, matrices of 256 x 256. The limit: the bytes that a step must move, at the speed of a loop that only moves them.");
        var table = new Table().SimpleBorder();
        table.AddColumns("elements", "threads", "rule", "bytes/element", "as swept", "ns/element", "GB/s", "limit, GB/s", "time of limit");
        foreach (var column in table.Columns.Where((_, i) => i != 2))
        {
            column.RightAligned();
        }

        foreach (var cost in run.Costs)
        {
            table.AddRow(
                Text(cost.Elements, "N0"), Text(cost.Threads, "D"), cost.Rule, Text(cost.BytesPerElement, "0.#"), cost.SweptBytesPerElement is { } swept ? Text(swept, "0.#") : "arithmetic",
                Text(cost.NanosecondsPerElement, "F3"), Text(cost.GigabytesPerSecond, "F1"), Text(cost.LimitGigabytesPerSecond, "F1"), Text(cost.TimesOfLimit, "F2") + "x");
        }

        console.Write(table);
        foreach (var group in run.LeftOut.GroupBy(rule => rule.Reason))
        {
            console.WriteLine($"Left out ({group.Key}): {string.Join(", ", group.Select(rule => rule.Rule))}.");
        }
    }

    private static string Text<T>(T value, string format)
        where T : IFormattable => value.ToString(format, CultureInfo.InvariantCulture);
}
