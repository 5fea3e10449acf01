using System.CommandLine;
using Optim.Tuning;
using Optim.Networks;

namespace Optim.Cli.Tune;

/// <summary><c>optim tune</c>: looks for an optimizer, its hyperparameters and a schedule.</summary>
internal static class TuneCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "tune",
            """
            Searches optimizer, rate, decay, betas and schedule.

            Looks for the optimizer, learning rate, weight decay, betas or momentum, and schedule that train a network best, by random search or TPE, ending bad
            trials early (ASHA). Settings are chosen by the loss on fifths of the images to train on; the held-out images are looked at once, to compare the
            best setting with AdamW as 'optim compare' has it.

            With --study every trial is kept in a file: after Ctrl-C, or a crash, --resume goes on.

            Examples:
              optim tune
              optim tune --trials 100 --optimizers adamw,lion --study digits.db --output tune.html
              optim tune --trials 100 --optimizers adamw,lion --study digits.db --resume
              optim tune --data /usr/share/datasets/fashion-mnist --model mlp --epochs 3 --trials 30 --timeout 20m
            """);
        var options = new TuneOptions();
        options.AddTo(command);
        command.SetRun((parse, cancellation) => Run(parse, options, cancellation));
        return command;
    }

    private static int Run(ParseResult parse, TuneOptions options, CancellationToken cancellation)
    {
        var (output, error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        var settings = options.Settings(parse);
        var destinations = options.Report.Destinations(parse);
        var started = DateTimeOffset.UtcNow;
        var run = destinations.Json
            ? TuneRun.Of(settings, _ => { }, cancellation)
            : TuneProgress.Run(Terminal.For(output, folding: true), settings, options.Quiet(parse), cancellation);
        destinations.Deliver(TuneReport.Of(run, started), output, console => TuneScreen.Show(console, run));
        if (run.Study.End == StudyEnd.Cancelled)
        {
            error.WriteLine(settings.File is null
                ? "Interrupted. The trials are kept nowhere: --study FILE would keep them."
                : $"Interrupted. Go on with: {settings.CommandLine} --resume");
            return ExitCode.Interrupted;
        }

        return run.Study.Best is null ? ExitCode.Failed : ExitCode.Done;
    }
}
