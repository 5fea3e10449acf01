using Optim.Checkpoints;
using Optim.Names;

namespace Optim.Cli;

/// <summary>Hints for an unknown name: what was probably meant, and what is known.</summary>
internal static class UnknownName
{
    /// <summary>The nearest names, then all, to follow an error and a semicolon.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> known) =>
        $"{NearestNames.Text(name, known)}. Known: {string.Join(", ", known)}.";
}
