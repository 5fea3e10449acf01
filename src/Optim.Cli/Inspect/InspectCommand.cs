using System.CommandLine;
using Optim.Cli.Reports;
using Optim.Networks;

namespace Optim.Cli.Inspect;

/// <summary><c>optim inspect</c>: the contents of a checkpoint or any safetensors file.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("file") { Description = "A safetensors file: a checkpoint, parameters, PyTorch's optimizer state." };
        var json = SharedOptions.Json();
        var command = new Command(
            "inspect",
            """
            Shows the contents of a checkpoint.

            Shows the contents of a checkpoint or any safetensors file: rule, step, tensors with their types, shapes, norms and ranges.

            Exit code: 0, or 2 when the file cannot be read or is invalid.

            Examples:
              optim inspect run/step-0000001000.safetensors
              optim inspect model.safetensors --json | jq '.tensors[] | select(.notFinite > 0) | .name'
            """)
        {
            path, json,
        };
        command.SetRun(result =>
        {
            var output = result.InvocationConfiguration.Output;
            var facts = FileFacts.Of(result.GetRequiredValue(path));
            if (result.GetValue(json))
            {
                output.WriteLine(Json.OfRecord(facts));
            }
            else
            {
                InspectScreen.Show(Terminal.For(output, folding: false), facts);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
