using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Optim.Cli.Completion;

/// <summary>What may stand at a place of a command line: the answer to <c>optim "[suggest:14]" "optim compare "</c>.</summary>
internal static class Suggestions
{
    private const string Begin = "[suggest:", End = "]";

    /// <summary>Answers a shell's question.</summary>
    /// <returns>Whether the arguments are one.</returns>
    public static bool TryAnswer(RootCommand root, IReadOnlyList<string> arguments, TextWriter output)
    {
        if (arguments is not [var directive, var line]
            || !directive.StartsWith(Begin, StringComparison.Ordinal) || !directive.EndsWith(End, StringComparison.Ordinal)
            || !int.TryParse(directive.AsSpan(Begin.Length, directive.Length - Begin.Length - End.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int position))
        {
            return false;
        }

        foreach (string suggestion in Of(root, line[..Math.Min(position, line.Length)].PadRight(position)))
        {
            output.WriteLine(suggestion);
        }

        return true;
    }

    /// <summary>The words that may stand at the end of a line.</summary>
    private static IEnumerable<string> Of(RootCommand root, string line)
    {
        // The program's own name, which may be a path or an alias, is not ours to understand.
        int first = line.IndexOf(' ', StringComparison.Ordinal);
        string rest = first < 0 ? "" : line[(first + 1)..];
        string word = rest[(rest.LastIndexOf(' ') + 1)..];
        var parse = root.Parse(rest);
        string[] fitting = [.. parse.GetCompletions(rest.Length).Select(item => item.InsertText ?? item.Label)
            .Where(text => text.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal)];
        string[] names = [.. fitting.Where(text => !IsOption(text))];
        if (word.StartsWith('-'))
        {
            return fitting.Where(text => text.StartsWith("--", StringComparison.Ordinal));
        }

        // Where a file may stand nothing is suggested, and shells offer files.
        return names.Length > 0 || TakesMore(parse) ? names : fitting.Where(text => text.StartsWith("--", StringComparison.Ordinal));
    }

    private static bool IsOption(string text) => text.StartsWith('-') || text.StartsWith('/');

    private static bool TakesMore(ParseResult parse) => parse.CommandResult.Command.Arguments.Any(argument =>
        (parse.GetResult(argument)?.Tokens.Count ?? 0) < argument.Arity.MaximumNumberOfValues);
}
