using System.CommandLine;
using Optim.Cli.Inspect;
using Optim.Cli.Reports;
using Optim.Networks;

namespace Optim.Cli.Diff;

/// <summary><c>optim diff</c>: how two checkpoints, or any two safetensors files, differ.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        var first = new Argument<string>("first") { Description = "A safetensors file." };
        var second = new Argument<string>("second") { Description = "Another one." };
        var json = SharedOptions.Json();
        var command = new Command(
            "diff",
            """
            Compares two checkpoints, to the bit.

            Compares two checkpoints, or any two safetensors files: rule, step, tensors in only one of them, and how much the others differ. Training durations are ignored.

            Exit code: 0 when they are the same, to the bit; 1 when they differ; 2 when one cannot be read or is invalid.

            Examples:
              optim diff run/step-0000001000.safetensors run/step-0000002000.safetensors
              optim diff resumed.safetensors uninterrupted.safetensors && echo "the same bits"
            """)
        {
            first, second, json,
        };
        command.SetRun(result =>
        {
            var output = result.InvocationConfiguration.Output;
            var difference = FileDifference.Of(result.GetRequiredValue(first), result.GetRequiredValue(second));
            if (result.GetValue(json))
            {
                output.WriteLine(Json.OfRecord(difference));
            }
            else
            {
                DiffScreen.Show(Terminal.For(output, folding: false), difference);
            }

            return difference.Same ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }
}
