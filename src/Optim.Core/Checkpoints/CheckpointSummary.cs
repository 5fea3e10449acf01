namespace Optim;

/// <summary>A checkpoint's metadata; returned by <see cref="Checkpoint.Summary"/>.</summary>
/// <param name="Format">The version of the format.</param>
/// <param name="StepCount">The number of steps taken.</param>
/// <param name="ElementType">The element type, by its safetensors name: <c>F32</c> or <c>F64</c>.</param>
/// <param name="Rule">The rule; null if it was not saved, or is unknown.</param>
/// <param name="RuleProblem">Why there is no rule, as a sentence; null if there is one.</param>
/// <param name="RuleText">The rule as it was saved (see <see cref="RuleJson"/>); null if it was not.</param>
/// <param name="Notes">The texts that were saved beside the state, by their keys.</param>
public sealed record CheckpointSummary(
    long Format, long StepCount, string ElementType, Rule? Rule, string? RuleProblem, string? RuleText, IReadOnlyDictionary<string, string> Notes)
{
    /// <summary>Whether the two are equal, notes included.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(CheckpointSummary? other) => other is not null
        && (Format, StepCount, ElementType, RuleProblem, RuleText) == (other.Format, other.StepCount, other.ElementType, other.RuleProblem, other.RuleText)
        && Equals(Rule, other.Rule) && Notes.Count == other.Notes.Count && Notes.All(note => other.Notes.TryGetValue(note.Key, out string? text) && text == note.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Format, StepCount, ElementType, Rule, RuleProblem, RuleText, Notes.Count);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(CheckpointSummary), PrintMembers);
}
