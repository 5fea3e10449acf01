using System.CommandLine;
using Optim.Cli.Reports;
using Spectre.Console;

namespace Optim.Cli.Compare;

/// <summary><c>optim compare</c>: trains a small network on real digits with several optimizers and shows how they fared.</summary>
internal static class CompareCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "compare",
            """
            Trains a small neural network on 1,797 real handwritten digits with several optimizers, from the same initial weights
            on the same batches, and compares them: loss curves, accuracy on a held-out fifth, time.

            Examples:
              optim compare
              optim compare --optimizers adam,adamw --learning-rate adam=0.01 --epochs 100
              optim compare --output report.html
              optim compare --seed 7 --json
            """);
        var options = new CompareOptions();
        options.AddTo(command);
        command.SetAction((parse, cancellation) => Task.Run(() => Run(parse, options, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parse, CompareOptions options, CancellationToken cancellation)
    {
        var (output, error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        var report = options.Output(parse);
        try
        {
            var settings = options.Settings(parse);
            if (report is not null)
            {
                ReportFile.RequireWritable(report);
            }

            if (options.Json(parse))
            {
                var comparison = Comparison.Run(settings, (_, _) => { }, cancellation);
                output.WriteLine(ComparisonJson.Of(comparison));
                Write(report, comparison);
            }
            else
            {
                var console = Terminal.For(output, folding: true);
                var comparison = ComparisonProgress.Run(console, settings, options.Quiet(parse), cancellation);
                ComparisonScreen.Show(console, comparison);
                Write(report, comparison);
                if (report is not null)
                {
                    console.WriteLine($"Report: {report}");
                }
            }

            return ExitCode.Done;
        }
        catch (FormatException e)
        {
            error.WriteLine(e.Message);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Interrupted.");
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"--output must be a file that can be written, was '{report}': {e.Message}");
            return ExitCode.Unreadable;
        }
    }

    private static void Write(FileInfo? report, Comparison comparison)
    {
        if (report is not null)
        {
            File.WriteAllText(report.FullName, ComparisonReport.Of(comparison));
        }
    }
}
