using System.CommandLine;
using Optim.Cli.Reports;
using Spectre.Console;

namespace Optim.Cli.Landscapes;

/// <summary><c>optim landscape</c>: the paths of several optimizers over a function of two parameters.</summary>
internal static class LandscapeCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "landscape",
            """
            Draws how several optimizers find their way on a test problem: contours with every path, the loss by step, and a table of how
            near they came and how soon.

            Examples:
              optim landscape --list
              optim landscape himmelblau
              optim landscape rosenbrock --optimizers sgd,momentum,adam,lion --steps 500 --output rosenbrock.html
              optim landscape ill-conditioned --learning-rate adam=0.1,sgd=0.01 --json
            """);
        var options = new LandscapeOptions();
        options.AddTo(command);
        command.SetAction((parse, cancellation) => Task.Run(() => Run(parse, options, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parse, LandscapeOptions options, CancellationToken cancellation)
    {
        var (output, error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        var page = options.Output(parse);
        try
        {
            if (options.List(parse))
            {
                List(output, options.Json(parse));
                return ExitCode.Done;
            }

            var runner = options.Runner(parse);
            if (page is not null)
            {
                ReportFile.RequireWritable(page);
            }

            var run = runner(cancellation);
            if (page is not null)
            {
                File.WriteAllText(page.FullName, LandscapeReport.Of(run));
            }

            if (options.Json(parse))
            {
                output.WriteLine(LandscapeJson.Of(run));
                return ExitCode.Done;
            }

            var console = Terminal.For(output, folding: true);
            LandscapeScreen.Show(console, run);
            if (page is not null)
            {
                console.WriteLine($"Report: {page}");
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
            error.WriteLine($"--output must be a file that can be written, was '{page}': {e.Message}");
            return ExitCode.Unreadable;
        }
    }

    private static void List(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(LandscapeJson.List());
        }
        else
        {
            LandscapeScreen.List(Terminal.For(output, folding: false));
        }
    }
}
