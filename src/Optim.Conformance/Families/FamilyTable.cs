using System.Collections;

namespace Optim.Conformance;

/// <summary>Which rule replays which family of recordings, and how the recording's hyperparameters become it.</summary>
internal sealed class FamilyTable : IEnumerable<Family>
{
    private readonly List<Family> families = [];

    /// <summary>Adds a family.</summary>
    /// <param name="rule">The name of the rule's row in <see cref="RuleRegistry"/>.</param>
    /// <param name="name">The family, or for another convention <c>family/variant</c>.</param>
    public Func<SourceHyperparameters, Rule> this[string rule, string name]
    {
        set => families.Add(new(rule, name, value));
    }

    public IEnumerator<Family> GetEnumerator() => families.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A family of recordings.</summary>
/// <param name="Rule">The name of the rule's row in <see cref="RuleRegistry"/>.</param>
/// <param name="Name">The family, or for another convention <c>family/variant</c>.</param>
/// <param name="Translate">From the recording's hyperparameters to the rule.</param>
internal sealed record Family(string Rule, string Name, Func<SourceHyperparameters, Rule> Translate);
