using System.CommandLine;
using Optim.Cli.Replay;

namespace Optim.Cli;

/// <summary>The <c>optim</c> command.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var root = new RootCommand("Gradient-based optimizers for .NET: compare them, replay recorded runs, measure them.");
        root.Subcommands.Add(ReplayCommand.Create());
        return root.Parse(arguments).Invoke();
    }
}
