using System.CommandLine;
using System.CommandLine.Invocation;
using Optim.Cli.Advise;
using Optim.Cli.Bench;
using Optim.Cli.Compare;
using Optim.Cli.Diff;
using Optim.Cli.Info;
using Optim.Cli.Inspect;
using Optim.Cli.Landscapes;
using Optim.Cli.Recipes;
using Optim.Cli.Replay;
using Optim.Cli.Rules;

namespace Optim.Cli;

/// <summary>The <c>optim</c> command.</summary>
internal static class Program
{
    /// <summary>The command with the output of its choice, as the tests run it.</summary>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Gradient-based optimizers for .NET: compare them, watch them, look them up, choose one, replay recorded runs, look into checkpoints, measure them.");
        root.Subcommands.Add(CompareCommand.Create());
        root.Subcommands.Add(LandscapeCommand.Create());
        root.Subcommands.Add(ReplayCommand.Create());
        root.Subcommands.Add(RulesCommand.Create());
        root.Subcommands.Add(RecipesCommand.Create());
        root.Subcommands.Add(AdviseCommand.Create());
        root.Subcommands.Add(InspectCommand.Create());
        root.Subcommands.Add(DiffCommand.Create());
        root.Subcommands.Add(BenchCommand.Create());
        root.Subcommands.Add(InfoCommand.Create());
        var parse = root.Parse(arguments);
        if (parse.Action is ParseErrorAction refusal)
        {
            // What is wrong, and nothing else: the help would go to standard output, into a file or a machine.
            refusal.ShowHelp = false;
        }

        return parse.Invoke(new InvocationConfiguration { Output = output, Error = error });
    }

    private static int Main(string[] arguments) => Run(arguments, Console.Out, Console.Error);
}
