using System.CommandLine;
using System.CommandLine.Help;
using Optim.Networks;

namespace Optim.Cli;

/// <summary>Formats help: paragraphs wrapped to the terminal, and only summaries in lists of commands.</summary>
internal static class Help
{
    /// <summary>Prepares a command and its subcommands. Descriptions consist of paragraphs, which are rewrapped, and indented lines, which are kept.</summary>
    public static void Arrange(RootCommand root)
    {
        if (root.Options.OfType<HelpOption>().Single() is not { Action: HelpAction help } option)
        {
            throw new InvalidOperationException("The help option must show help.");
        }

        help.MaxWidth = Terminal.HelpWidth;
        foreach (var command in All(root))
        {
            command.Description = Unbroken(command.Description ?? "");
        }

        // Only what the command line asks for is shown, so that nobody sees the summaries but in the list.
        root.SetAction(parse => Show(root, help, parse));
        option.Action = new ListOrHelp(root, help);
    }

    /// <summary>A command and its subcommands.</summary>
    public static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);

    /// <summary>The example lines of a description, after <c>Examples:</c>.</summary>
    public static IEnumerable<string> ExamplesOf(Command command) => (command.Description ?? "").Split('\n')
        .SkipWhile(line => line != "Examples:").Skip(1).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => line.Trim());

    private static int Show(RootCommand root, HelpAction help, ParseResult parse)
    {
        if (parse.CommandResult.Command == root)
        {
            foreach (var command in root.Subcommands)
            {
                command.Description = command.Description!.Split('\n')[0];
            }
        }

        return help.Invoke(parse);
    }

    /// <summary>Joins the lines of a paragraph; the terminal wraps them.</summary>
    private static string Unbroken(string description)
    {
        var lines = new List<string>();
        foreach (string line in description.ReplaceLineEndings("\n").Split('\n'))
        {
            bool goesOn = lines is [.., { Length: > 0 } last] && line.Length > 0 && !line.StartsWith(' ') && !last.StartsWith(' ');
            if (goesOn)
            {
                lines[^1] += " " + line;
            }
            else
            {
                lines.Add(line);
            }
        }

        return string.Join('\n', lines);
    }

    private sealed class ListOrHelp(RootCommand root, HelpAction help) : System.CommandLine.Invocation.SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult) => Show(root, help, parseResult);
    }
}
