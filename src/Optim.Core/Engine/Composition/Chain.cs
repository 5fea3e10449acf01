using System.Globalization;
using System.Text;

namespace Optim;

/// <summary>Rules one after the other: each receives the update of the one before as its gradient.</summary>
/// <remarks>
/// A chain within a chain is the same as its rules in a row, an <see cref="Identity"/> in it is left out, and the empty chain is the identity; two chains of
/// the same rules are equal.
/// </remarks>
public sealed record Chain : Rule
{
    private readonly Rule[] rules;

    /// <summary>Puts rules in a row.</summary>
    /// <param name="rules">The rules, in order; none for the identity.</param>
    public Chain(params Rule[] rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        foreach (var rule in rules)
        {
            ArgumentNullException.ThrowIfNull(rule, nameof(rules));
        }

        this.rules = [.. rules.SelectMany(rule => rule is Chain chain ? chain.rules : [rule]).Where(rule => rule is not Identity)];
    }

    /// <summary>The rules, in order.</summary>
    public IReadOnlyList<Rule> Rules => rules.AsReadOnly();

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [.. rules.SelectMany(rule => rule.DeclareSlots())];

    internal override long CountSlots() => rules.Sum(rule => (long)RuleTree.SlotCount(rule));

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [.. rules.SelectMany(rule => rule.AllScalars())];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (var rule in rules)
        {
            plan.Prepare(rule);
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var parameters = state.Parameters;
        int firstSlot = 0, firstScalar = 0;
        foreach (var rule in rules)
        {
            parameters = state.EvaluationParameters(rule, firstSlot, firstScalar, state.Step, parameters);
            firstSlot += RuleTree.SlotCount(rule);
            firstScalar += rule.AllScalars().Count;
        }

        return parameters;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<InnerRule> DeclareInner() =>
        [.. rules.Select((rule, i) => new InnerRule(string.Create(CultureInfo.InvariantCulture, $"rules[{i}]"), rule))];

    /// <inheritdoc/>
    public override Rule ReplaceInner(IReadOnlyList<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new Chain([.. rules]);
    }

    /// <inheritdoc/>
    public bool Equals(Chain? other) => other is not null && rules.AsSpan().SequenceEqual(other.rules);

    /// <inheritdoc/>
    public override int GetHashCode() => rules.Aggregate(rules.Length, HashCode.Combine);

    /// <summary>Prints the rules.</summary>
    /// <param name="builder">Takes the text.</param>
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AppendJoin(", ", rules.AsEnumerable());
        return rules.Length > 0;
    }
}
