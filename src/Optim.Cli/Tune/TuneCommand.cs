using System.CommandLine;
using Optim.Tuning;
using Optim.Networks;

namespace Optim.Cli.Tune;

/// <summary><c>optim tune</c>: searches for an optimizer, its hyperparameters and a schedule.</summary>
internal static class TuneCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "tune",
            """
            Searches optimizer, rate, decay, betas and schedule.

            Searches for the optimizer, learning rate, weight decay, betas or momentum, and schedule that train a network best, by random search or TPE, pruning bad
            trials early (ASHA). Settings are chosen by cross-validation on the training images; the held-out images are used once, to compare the
            best setting with the AdamW of 'optim compare'.

            With --study every trial is kept in a file: after Ctrl-C or a crash, --resume continues. In a PostgreSQL database many processes share the study:
            the same command on each machine; no trial is run twice, and those of a process that dies are run again by another.

            Examples:
              optim tune
              optim tune --trials 100 --optimizers adamw,lion --study digits.db --output tune.html
              optim tune --trials 100 --optimizers adamw,lion --study digits.db --resume
              optim tune --trials 500 --study postgres://optim@db.example/tuning?study=digits
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
            error.WriteLine(settings is { File: null, Shared: null }
                ? "Interrupted. The trials were not saved: use --study FILE to keep them."
                : $"Interrupted. Continue with: {settings.CommandLine}{(settings.Shared is null ? " --resume" : "")}");
            return ExitCode.Interrupted;
        }

        return run.Study.Best is null ? ExitCode.Failed : ExitCode.Done;
    }
}
