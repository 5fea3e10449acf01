using System.CommandLine;
using Optim.Cli.Reports;
using Optim.Cli.Train;
using Optim.Cli.Tune;
using Optim.Tuning;
using Optim.Networks;

namespace Optim.Cli.FindRate;

/// <summary><c>optim find-lr</c>: the learning-rate range test.</summary>
internal static class FindRateCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "find-lr",
            """
            Finds a learning rate by the range test.

            Finds a learning rate by the range test (Smith 2017): a short run whose rate grows from far too low to far too high; the loss along it
            shows which rates work. The command runs several tests, with different weights and batches, and suggests the median rate, with the reason;
            if they disagree a hundredfold, it suggests none.

            Examples:
              optim find-lr
              optim find-lr --optimizer sgd --to 100
              optim find-lr --data /usr/share/datasets/fashion-mnist --model cnn --optimizer adamw --output rates.html
            """);
        var subject = new SubjectOptions();
        var optimizer = new Option<string>("--optimizer")
        {
            Description = "One of 'optim rules', or momentum or nesterov.", HelpName = "name", DefaultValueFactory = _ => "adamw",
        };
        optimizer.CompletionSources.Add([.. OptimizerChoice.Names]);
        var from = SharedOptions.PositiveNumber("--from", "The first, lowest rate.", "rate", 1e-6);
        var to = SharedOptions.PositiveNumber("--to", "The last, highest rate; the test stops earlier if the loss rises.", "rate", 10);
        var steps = SharedOptions.WholeNumber("--steps", "The number of rates, one per step.", 100, 2, 100_000);
        var repeats = SharedOptions.WholeNumber("--repeats", "The number of tests, with consecutive seeds.", FindRateRun.DefaultRepeats, 1, 1000);
        var report = new ReportOptions();
        command.Options.Add(optimizer);
        command.Options.Add(from);
        command.Options.Add(to);
        command.Options.Add(steps);
        command.Options.Add(repeats);
        subject.AddTo(command);

        // It shows no progress; scripts give it to every command.
        command.Options.Add(SharedOptions.Quiet());
        report.AddTo(command);
        command.SetRun((parse, cancellation) =>
        {
            var test = new RangeTest { From = parse.GetValue(from), To = parse.GetValue(to), Steps = parse.GetValue(steps) };
            if (test.From >= test.To)
            {
                throw new FormatException(FormattableString.Invariant($"--to must be more than --from, was {test.To}, and --from {test.From}."));
            }

            var choice = OptimizerChoice.Find(parse.GetRequiredValue(optimizer));
            var destinations = report.Destinations(parse);
            var started = DateTimeOffset.UtcNow;
            var run = FindRateRun.Of(Subject.Of(subject.Given(parse)), choice, test, parse.GetValue(repeats), cancellation);
            destinations.Deliver(FindRateReport.Of(run, started), parse.InvocationConfiguration.Output, console => FindRateScreen.Show(console, run));
            return run.Summary.Suggestion is null ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }
}
