using System.CommandLine.Completions;

namespace Optim.Cli.Completion;

/// <summary>Completes names separated by commas: the last of <c>adam,ad</c>, keeping what stands before it.</summary>
internal static class ListCompletion
{
    /// <summary>Completes each name of a list.</summary>
    /// <param name="names">The known names.</param>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> Of(IReadOnlyCollection<string> names) => context =>
    {
        string word = context.WordToComplete;
        string before = word[..(word.LastIndexOf(',') + 1)];
        var given = before.Split(',').ToHashSet(StringComparer.OrdinalIgnoreCase);
        return names.Where(name => !given.Contains(name)).Select(name => new CompletionItem(before + name));
    };
}
