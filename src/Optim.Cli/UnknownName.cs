using Optim.Checkpoints;
using Optim.Names;

namespace Optim.Cli;

/// <summary>What to say about a name that is not there: what was meant, probably, and what there is.</summary>
internal static class UnknownName
{
    /// <summary>The nearest names, then all, to follow what is wrong and a semicolon.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> known) =>
        $"{NearestNames.Text(name, known)}. Known: {string.Join(", ", known)}.";
}
