using System.CommandLine;
using Spectre.Console;

namespace Optim.Cli.Compare;

/// <summary><c>optim compare</c>: trains a small network on real digits or images with several optimizers and shows their results.</summary>
internal static class CompareCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "compare",
            """
            Compares optimizers on real data.

            Trains a small neural network on 1,797 real handwritten digits with several optimizers, from the same initial weights
            on the same batches, and compares them: loss curves, accuracy on a held-out fifth, time.

            With --data it trains a network on your own images or table, at a constant rate: by default with SGD, RMSprop, Adam and AdamW; on images a
            convolutional network, five epochs in batches of 128.

            One run of one seed says little: --seeds 5 shows medians with quartiles and says which differences are within the noise, and --tune 20
            gives each optimizer the same budget for its learning rate first.

            Examples:
              optim compare
              optim compare --optimizers adam,adamw --learning-rate adam=0.01 --epochs 100
              optim compare --seeds 5 --tune 20 --output report.html
              optim compare --data wine.csv --target kind --learning-rate 0.01
              optim compare --data /usr/share/datasets/fashion-mnist --model cnn --epochs 3
              optim compare --csv figures --tensorboard runs
              optim compare --seed 7 --json
            """);
        var options = new CompareOptions();
        options.AddTo(command);
        command.SetRun((parse, cancellation) => Run(parse, options, cancellation));
        return command;
    }

    private static int Run(ParseResult parse, CompareOptions options, CancellationToken cancellation)
    {
        var output = parse.InvocationConfiguration.Output;
        var settings = options.Settings(parse);
        var destinations = options.Report.Destinations(parse);
        var started = DateTimeOffset.UtcNow;
        var console = Terminal.For(output, folding: true);
        bool quiet = destinations.Json || options.Quiet(parse);
        if (settings.Tune > 0 && !quiet)
        {
            console.WriteLine(FormattableString.Invariant($"Finding each optimizer's learning rate, in {settings.Tune} trials each ..."));
        }

        var comparison = ComparisonProgress.Run(console, RateTuning.Run(settings, cancellation), quiet, cancellation);
        destinations.Deliver(ComparisonReport.Of(comparison, started), output, screen => ComparisonScreen.Show(screen, comparison));
        return ExitCode.Done;
    }
}
