using System.CommandLine;
using Optim.Checkpoints;
using Optim.Names;

namespace Optim.Cli;

/// <summary>An invalid command line: what is wrong, what was probably meant, and where to look.</summary>
internal static class UsageError
{
    /// <summary>Writes the error, and nothing to standard output, which may be redirected.</summary>
    public static int Show(ParseResult parse, TextWriter error)
    {
        var command = parse.CommandResult.Command;
        string path = PathOf(command);
        foreach (string sentence in Sentences(parse, command, path))
        {
            error.WriteLine(sentence);
        }

        error.WriteLine($"See '{path} --help'.");
        return ExitCode.Failed;
    }

    /// <summary>The command as it is typed: <c>optim compare</c>.</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "optim";

    private static IEnumerable<string> Sentences(ParseResult parse, Command command, string path)
    {
        if (parse.UnmatchedTokens is not [var first, ..])
        {
            return parse.Errors.Select(wrong => wrong.Message);
        }

        // What follows a word that is not understood is often not understood for that alone.
        if (first.StartsWith('-'))
        {
            string name = first.Split('=', ':')[0];
            return [$"'{path}' has no option '{name}'; {NearestNames.Text(name, OptionsOf(command))}."];
        }

        return [command.Subcommands.Count > 0
            ? $"There is no command '{first}'; {NearestNames.Text(first, command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name))}."
            : $"'{path}' does not know what to do with '{first}'."];
    }

    private static IEnumerable<string> OptionsOf(Command command) => command.Options
        .Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options).Where(option => option.Recursive))
        .Where(option => !option.Hidden)
        .Select(option => option.Name);
}
