using System.CommandLine;
using Optim.Cli.Reports;
using Optim.Networks;

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
            Draws optimizers' paths on a test problem.

            Draws the paths of several optimizers on a test problem: a contour plot, the loss by step, and a table of how
            close they came and how soon.

            Examples:
              optim landscape --list
              optim landscape himmelblau
              optim landscape rosenbrock --optimizers sgd,momentum,adam,lion --steps 500 --output rosenbrock.html
              optim landscape ill-conditioned --learning-rate adam=0.1,sgd=0.01 --json
            """);
        var options = new LandscapeOptions();
        options.AddTo(command);
        command.SetRun((parse, cancellation) => Run(parse, options, cancellation));
        return command;
    }

    private static int Run(ParseResult parse, LandscapeOptions options, CancellationToken cancellation)
    {
        var output = parse.InvocationConfiguration.Output;
        if (options.List(parse))
        {
            List(output, options.Report.Json(parse));
            return ExitCode.Done;
        }

        var runner = options.Runner(parse);
        var destinations = options.Report.Destinations(parse);
        var started = DateTimeOffset.UtcNow;
        var run = runner(cancellation);
        destinations.Deliver(LandscapeReport.Of(run, started), output, console => LandscapeScreen.Show(console, run));
        return ExitCode.Done;
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
