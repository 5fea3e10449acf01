using System.Globalization;
using System.Text;

namespace Optim;

/// <summary>Some of the parameters, and the rule they follow.</summary>
/// <param name="Tensors">Which tensors: those it takes that no group before it has taken.</param>
/// <param name="Rule">Their rule.</param>
public sealed record ParameterGroup(TensorSelector Tensors, Rule Rule)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(ParameterGroup), PrintMembers);
}

/// <summary>A rule a group of tensors, here AdamW with weight decay on matrices alone.</summary>
/// <formula>p = rule(p, g) by the first group that takes the tensor</formula>
/// <paper>none</paper>
/// <definition>PyTorch's param_groups, optax.partition</definition>
/// <remarks>
/// As PyTorch's <c>param_groups</c> and <c>optax.partition</c>, but a group may have a rule of its own, not only hyperparameters. A tensor that no group
/// takes is an error at <see cref="Optimizer.Init{T}(Rule, TensorSet{T})"/>: end with <see cref="TensorSelector.All"/>, or say <see cref="Freeze"/>. So is a selector that fits no tensor, unless it says that none is fine (<see cref="TensorSelector.OrNone"/>). For a
/// group's rule the tensors of the others are empty: a norm over all tensors (<see cref="ClipByGlobalNorm"/>) within a group is the group's; put it in front
/// of the partition to clip all together. So is everything else that a rule takes over all tensors (Prodigy's d, the switch of SWATS), also where several groups have equal rules: each group goes as
/// a run of its own tensors would, as in <c>optax.partition</c>. The authors' Prodigy and D-Adaptation for PyTorch take d over all <c>param_groups</c> instead; so does one rule here, for all tensors. With a weight decay on some
/// tensors alone it is still one in <see cref="ExemptFromDecay"/>, with another rate on some of them as <c>rule.Then(new Masked(new Scale(10), tensors))</c>. A rule that takes nothing over all tensors is the same in one group or several. Slots and scalars: each group's, in order; a tensor that a group does not take is empty in its slots. Where a
/// group's rule sets parameters (Lookahead), the difference becomes the update, which rounds; one that evaluates the objective is refused. With one group for all
/// tensors it is that rule.
/// </remarks>
[RegisteredRule("partition", "parameter groups", IsWrapper = true, IsElementwise = false, IsPerTensor = true)]
public sealed partial record Partition : Rule
{
    private readonly ParameterGroup[] groups;
    private readonly Func<TensorShape, bool>[] members;

    /// <summary><see cref="AdamW"/> with its defaults, without weight decay for vectors and scalars.</summary>
    public Partition()
        : this(new ParameterGroup(TensorSelector.OfRank(2, int.MaxValue).OrNone(), new AdamW()), new ParameterGroup(TensorSelector.All, new AdamW { WeightDecay = 0 }))
    {
    }

    /// <summary>Groups, in order.</summary>
    /// <param name="groups">At least one.</param>
    /// <exception cref="ArgumentException">There is no group.</exception>
    public Partition(params ParameterGroup[] groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        foreach (var group in groups)
        {
            ArgumentNullException.ThrowIfNull(group, nameof(groups));
            ArgumentNullException.ThrowIfNull(group.Rule, nameof(groups));
            ArgumentNullException.ThrowIfNull(group.Tensors, nameof(groups));
        }

        this.groups = groups.Length > 0 ? [.. groups] : throw new ArgumentException($"{nameof(groups)} must hold at least one group, was empty.", nameof(groups));
        members = [.. groups.Select((_, i) => new Membership(this.groups, i)).Select(membership => (Func<TensorShape, bool>)membership.Takes)];
    }

    /// <summary>The groups, in order.</summary>
    public IReadOnlyList<ParameterGroup> Groups => groups.AsReadOnly();

    internal override IReadOnlyList<TensorSelector> Selectors => [.. groups.Select(group => group.Tensors)];

    internal override Rule WithSelectors(Func<TensorSelector, TensorSelector> change) => new Partition([.. groups.Select(group => group with { Tensors = change(group.Tensors) })]);

    internal override Func<TensorShape, bool> SeenInside(int index) => members[index];

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [.. groups.SelectMany((group, i) => group.Rule.DeclareSlots().Select(slot => slot.For(members[i])))];

    internal override long CountSlots() => groups.Sum(group => (long)RuleTree.SlotCount(group.Rule));

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [.. groups.SelectMany(group => group.Rule.AllScalars())];

    /// <inheritdoc/>
    public override IReadOnlyList<InnerRule> DeclareInner() =>
        [.. groups.Select((group, i) => new InnerRule(string.Create(CultureInfo.InvariantCulture, $"group[{i}]"), group.Rule))];

    /// <inheritdoc/>
    public override Rule ReplaceInner(IReadOnlyList<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new Partition([.. groups.Zip(rules, (group, rule) => group with { Rule = rule })]);
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => SomeTensors.Composition;

    /// <inheritdoc/>
    public override void ValidateFor(Layout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (layout.FirstOrDefault(shape => shape.Length > 0 && !Array.Exists(groups, group => group.Tensors.Takes(shape))) is { } orphan)
        {
            throw new ArgumentException(
                $"Every tensor must belong to a group of the partition, '{orphan.Name}' does not; the groups take: {string.Join("; ", groups.Select(group => group.Tensors.Text))}.", "rule");
        }

        base.ValidateFor(layout);
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        for (int i = 0; i < groups.Length; i++)
        {
            plan.PrepareFor(groups[i].Rule, members[i]);
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var parameters = state.Parameters;
        int firstSlot = 0, firstScalar = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            parameters = TensorSubset.Of(parameters.Layout, members[i]).EvaluationParameters(state, groups[i].Rule, firstSlot, firstScalar, parameters);
            firstSlot += RuleTree.SlotCount(groups[i].Rule);
            firstScalar += groups[i].Rule.AllScalars().Count;
        }

        return parameters;
    }

    /// <inheritdoc/>
    public bool Equals(Partition? other) => other is not null && groups.AsSpan().SequenceEqual(other.groups);

    /// <inheritdoc/>
    public override int GetHashCode() => groups.Aggregate(groups.Length, HashCode.Combine);

    /// <summary>Prints the groups.</summary>
    /// <param name="builder">Takes the text.</param>
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AppendJoin(", ", groups.Select(group => $"{group.Tensors}: {group.Rule}"));
        return true;
    }

    private sealed class Membership(ParameterGroup[] groups, int own)
    {
        public bool Takes(TensorShape shape) => Array.FindIndex(groups, group => group.Tensors.Takes(shape)) == own;
    }
}
