using System.CommandLine;

namespace Optim.Cli;

/// <summary>The <c>optim</c> command.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var root = new RootCommand("Gradient-based optimizers for .NET: compare them, replay recorded runs, measure them.");
        return root.Parse(arguments).Invoke();
    }
}
