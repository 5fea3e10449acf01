using System.CommandLine;
using Optim.Networks;

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
            Compares optimizers on real images.

            Trains a small neural network on 1,797 real handwritten digits with several optimizers, from the same initial weights
            on the same batches, and compares them: loss curves, accuracy on a held-out fifth, time.

            With --data it trains a network on your own images, such as MNIST's or Fashion-MNIST's files: by default a convolutional one with SGD, RMSprop, Adam and
            AdamW, at a constant rate, five epochs in batches of 128.

            Examples:
              optim compare
              optim compare --optimizers adam,adamw --learning-rate adam=0.01 --epochs 100
              optim compare --output report.html
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
        var comparison = ComparisonProgress.Run(Terminal.For(output, folding: true), settings, destinations.Json || options.Quiet(parse), cancellation);
        destinations.Deliver(ComparisonReport.Of(comparison, started), output, console => ComparisonScreen.Show(console, comparison));
        return ExitCode.Done;
    }
}
