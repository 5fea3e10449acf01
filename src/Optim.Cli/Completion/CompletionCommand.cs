using System.CommandLine;
using Optim.Networks;

namespace Optim.Cli.Completion;

/// <summary><c>optim completion</c>: shell completion of commands, options and names.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = $"One of {string.Join(", ", CompletionScript.Shells)}.", HelpName = "shell" };
        shell.AcceptOnlyFromAmong([.. CompletionScript.Shells]);
        var command = new Command(
            "completion",
            """
            Prints a shell completion script.

            Prints a script that lets a shell complete commands, options, and the names of optimizers, landscapes, recipes and schedules.

            Examples:
              optim completion bash > ~/.local/share/bash-completion/completions/optim
              optim completion zsh > "${fpath[1]}/_optim"
              optim completion fish > ~/.config/fish/completions/optim.fish
              optim completion pwsh >> $PROFILE
            """)
        {
            shell,
        };
        command.SetRun(parse =>
        {
            parse.InvocationConfiguration.Output.Write(CompletionScript.For(parse.GetRequiredValue(shell)));
            return ExitCode.Done;
        });
        return command;
    }
}
