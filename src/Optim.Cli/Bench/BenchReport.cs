using System.Globalization;
using Spectre.Console;

namespace Optim.Cli.Bench;

/// <summary>The text report: a table by size, then the targets.</summary>
internal static class BenchReport
{
    public static void Write(BenchRun run, TextWriter output)
    {
        var console = Terminal.For(output, folding: false);
        console.WriteLine(
            $"{run.Processor}: AdamW on float32. Hand-written: {run.HandWrittenWidth.ToString(CultureInfo.InvariantCulture)}-bit vectors" +
            (run.HandWrittenWidth == 512 ? "." : ", since this processor has no 512-bit ones."));
        console.Write(Figures(run.Measurements));
        console.WriteLine("Bars:");
        foreach (var bar in run.Bars)
        {
            console.Markup(bar.Met switch { true => "[green]met[/]           ", false => "[red]missed[/]        ", null => "[yellow]not measured[/]  " });
            console.WriteLine(bar.Name);
            console.WriteLine($"              {bar.Figures}");
        }
    }

    private static Table Figures(IReadOnlyList<Measurement> measurements)
    {
        var table = new Table().SimpleBorder();
        table.AddColumns("elements", "variant", "threads", "ns/element", "GB/s", "time of axpy", "time of hand-written", "bytes allocated/step");
        foreach (var column in table.Columns.Where((_, i) => i != 1))
        {
            column.RightAligned();
        }

        foreach (var group in measurements.GroupBy(m => m.Elements))
        {
            if (table.Rows.Count > 0)
            {
                table.AddEmptyRow();
            }

            var axpy = group.First(m => m.Variant == Variant.Axpy);
            var handWritten = group.First(m => m.Variant == Variant.HandWritten);
            foreach (var m in group)
            {
                table.AddRow(
                    m == axpy ? Text(m.Elements, "N0") : "",
                    m.Variant,
                    Text(m.Threads, "D"),
                    Text(m.NanosecondsPerElement, "F3"),
                    Text(m.GigabytesPerSecond, "F1"),
                    Text(m.TimesOf(axpy)!.Value, "F2") + "x",
                    Text(m.TimesOf(handWritten)!.Value, "F2") + "x",
                    Text(m.AllocatedPerStep, "N0"));
            }
        }

        return table;
    }

    private static string Text<T>(T value, string format)
        where T : IFormattable => value.ToString(format, CultureInfo.InvariantCulture);
}
