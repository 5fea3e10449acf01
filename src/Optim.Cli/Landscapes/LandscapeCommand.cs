using System.CommandLine;
using Optim.Cli.Reports;

namespace Optim.Cli.Landscapes;

/// <summary><c>optim landscape</c>: the paths of several optimizers over a function of two parameters.</summary>
internal static class LandscapeCommand
{
    private const int Failed = 1, Interrupted = 130;

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
        try
        {
            if (options.List(parse))
            {
                List(output, options.Report.Json(parse));
                return 0;
            }

            var runner = options.Runner(parse);
            var destinations = options.Report.Destinations(parse);
            var started = DateTimeOffset.UtcNow;
            var run = runner(cancellation);
            destinations.Deliver(LandscapeReport.Of(run, started), output, console => LandscapeScreen.Show(console, run));
            return 0;
        }
        catch (FormatException e)
        {
            error.WriteLine(e.Message);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Interrupted.");
            return Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message);
            return Failed;
        }
    }

    private static void List(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(Json.Text(LandscapeJson.List()));
        }
        else
        {
            LandscapeScreen.List(Terminal.For(output, folding: false));
        }
    }
}
