using System.Globalization;
using Optim.Cli.Reports;
using Spectre.Console;

namespace Optim.Cli.Bench.Matrices;

/// <summary>The text report: a table with each task's times relative to the first implementation's.</summary>
internal static class MatrixReport
{
    // A multiplication and an addition for each of 1024^3 pairs.
    private const double ProductOperations = 2.0 * 1024 * 1024 * 1024;

    public static void Write(MatrixRun run, TextWriter output)
    {
        var console = Terminal.For(output, folding: false);
        console.WriteLine(run.Mkl.IsAvailable
            ? $"One thread each. Intel MKL {run.Mkl.Version}, mode {run.Mkl.Reproducibility}."
            : $"One thread each. Without Intel MKL: {run.Mkl.Reason}");
        var table = new Table().SimpleBorder();
        table.AddColumns("work", "by", "milliseconds", "time of the first", "GFLOP/s");
        foreach (var column in table.Columns.Skip(2))
        {
            column.RightAligned();
        }

        foreach (var work in run.Timings.GroupBy(timing => timing.Work))
        {
            if (table.Rows.Count > 0)
            {
                table.AddEmptyRow();
            }

            var first = work.First();
            foreach (var timing in work)
            {
                double ratio = Quantile.Median([.. timing.Seconds.Zip(first.Seconds, (mine, theirs) => mine / theirs)]);
                table.AddRow(
                    timing == first ? work.Key : "", timing.By, Text(timing.Median * 1000, "F2"), Text(ratio, "F2") + "x",
                    work.Key == MatrixTask.Product ? Text(ProductOperations / timing.Median / 1e9, "F1") : "");
            }
        }

        console.Write(table);
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
