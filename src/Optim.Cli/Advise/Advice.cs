namespace Optim.Cli.Advise;

/// <summary>A recipe and why.</summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="Reasons">Sentences, the main reason first.</param>
/// <param name="BatchSize">The batch size passed to the recipe; null if it does not depend on it.</param>
internal sealed record Advice(RecipeEntry Recipe, IReadOnlyList<string> Reasons, int? BatchSize)
{
    /// <summary>Whether both are equal.</summary>
    public bool Equals(Advice? other) =>
        other is not null && Recipe == other.Recipe && BatchSize == other.BatchSize && Reasons.SequenceEqual(other.Reasons, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Recipe.Name, BatchSize, Reasons.Count);
}
