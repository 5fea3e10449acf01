using System.CommandLine;
using Optim.Cli.Reports;
using Optim.Networks;

namespace Optim.Cli.Info;

/// <summary><c>optim info</c>: this machine's capabilities, and which are used.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var json = SharedOptions.Json();
        var command = new Command(
            "info",
            """
            Shows this machine's capabilities.

            Shows this machine's capabilities and which are used: runtime, processor features, lane width, and Intel MKL or the reason for its absence.

            Examples:
              optim info
              optim info --json | jq -r .mkl.reason
              OPTIM_MKL_PATH=/opt/mkl/lib optim info
            """)
        {
            json,
        };
        command.SetRun(result =>
        {
            var output = result.InvocationConfiguration.Output;
            var info = MachineInfo.Here();
            if (result.GetValue(json))
            {
                output.WriteLine(Json.OfRecord(info));
            }
            else
            {
                InfoScreen.Show(Terminal.For(output, folding: true), info);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
