using System.CommandLine;
using System.CommandLine.Invocation;
using Optim.Cli.Advise;
using Optim.Cli.Bench;
using Optim.Cli.Compare;
using Optim.Cli.Completion;
using Optim.Cli.Diff;
using Optim.Cli.FindRate;
using Optim.Cli.Info;
using Optim.Cli.Inspect;
using Optim.Cli.Landscapes;
using Optim.Cli.Recipes;
using Optim.Cli.Replay;
using Optim.Cli.Rules;
using Optim.Cli.Train;
using Optim.Cli.Tune;
using Optim.Networks;

namespace Optim.Cli;

/// <summary>The <c>optim</c> command.</summary>
internal static class Program
{
    /// <summary>The time a command has after Ctrl-C to save its progress.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>The command with all its subcommands.</summary>
    public static RootCommand CreateRoot()
    {
        var root = new RootCommand(
            $"""
            Gradient-based optimizers for .NET: compare, train, visualize, look up, choose, replay recordings, inspect checkpoints, benchmark.

            {ExitCode.InWords}

            Examples:
              optim compare
              optim train --data /usr/share/datasets/fashion-mnist --model cnn --epochs 2
              optim landscape himmelblau
              optim rules adamw
              optim compare --help
            """)
        {
            CompareCommand.Create(),
            TrainCommand.Create(),
            FindRateCommand.Create(),
            TuneCommand.Create(),
            LandscapeCommand.Create(),
            ReplayCommand.Create(),
            RulesCommand.Create(),
            RecipesCommand.Create(),
            AdviseCommand.Create(),
            InspectCommand.Create(),
            DiffCommand.Create(),
            BenchCommand.Create(),
            InfoCommand.Create(),
            CompletionCommand.Create(),
        };
        Help.Arrange(root);
        return root;
    }

    /// <summary>The command with given output, for tests.</summary>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var root = CreateRoot();
        (output, error) = (new PrintableWriter(output), new PrintableWriter(error));
        if (Suggestions.TryAnswer(root, arguments, output))
        {
            return ExitCode.Done;
        }

        var parse = root.Parse(arguments);
        return parse.Action is ParseErrorAction
            ? UsageError.Show(parse, error)
            : parse.Invoke(new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = Grace });
    }

    private static int Main(string[] arguments)
    {
        using var cursor = Terminal.ShowCursorWhenInterrupted();
        return Run(arguments, Console.Out, Console.Error);
    }
}
