using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Optim.Cli.Completion;

/// <summary>Completions at a position of a command line: the answer to <c>optim "[suggest:14]" "optim compare "</c>.</summary>
internal static class Suggestions
{
    private const string Begin = "[suggest:", End = "]";

    /// <summary>Answers a shell's request.</summary>
    /// <returns>Whether the arguments are such a request.</returns>
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

    /// <summary>The completions at the end of a line.</summary>
    private static IEnumerable<string> Of(RootCommand root, string line)
    {
        // The program's own name, which may be a path or an alias, is not ours to understand.
        int first = line.IndexOf(' ', StringComparison.Ordinal);
        string rest = first < 0 ? "" : line[(first + 1)..];
        string word = rest[(rest.LastIndexOf(' ') + 1)..];
        var parse = root.Parse(rest);
        if (word.StartsWith('-'))
        {
            // After an option that takes several values the parser takes the word for one more of them: the command alone is asked.
            string command = string.Join(' ', PathOf(parse.CommandResult).Reverse().Append(word));
            var given = parse.CommandResult.Children.OfType<OptionResult>().Where(option => !option.Implicit && option.IdentifierToken?.Value != word)
                .Where(option => option.Option.Arity.MaximumNumberOfValues <= 1).Select(option => option.Option.Name);
            return Fitting(root.Parse(command), command, word).Where(text => text.StartsWith("--", StringComparison.Ordinal)).Except(given, StringComparer.Ordinal);
        }

        string[] fitting = [.. Fitting(parse, rest, word)];
        string[] names = [.. fitting.Where(text => !IsOption(text))];

        // Where a file may stand nothing is suggested, and shells offer files.
        return names.Length > 0 || TakesMore(parse) ? names : fitting.Where(text => text.StartsWith("--", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Fitting(ParseResult parse, string line, string word) =>
        parse.GetCompletions(line.Length).Select(item => item.InsertText ?? item.Label)
            .Where(text => text.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal);

    /// <summary>The command's name, its parent's, and so on, without the program's.</summary>
    private static IEnumerable<string> PathOf(CommandResult command)
    {
        for (; command.Parent is CommandResult parent; command = parent)
        {
            yield return command.Command.Name;
        }
    }

    private static bool IsOption(string text) => text.StartsWith('-') || text.StartsWith('/');

    private static bool TakesMore(ParseResult parse) => parse.CommandResult.Command.Arguments.Any(argument =>
        (parse.GetResult(argument)?.Tokens.Count ?? 0) < argument.Arity.MaximumNumberOfValues);
}
