namespace Optim;

/// <summary>One rule for all tensors, here AdamW, without its weight decay on some of them, here vectors and scalars.</summary>
/// <formula>p = inner(p, g), with wd = 0 for the tensors exempt</formula>
/// <paper>none</paper>
/// <definition>our own; what PyTorch's users do by a group with weight_decay = 0, here within one rule</definition>
/// <remarks>
/// It is still one rule: what it takes over all tensors (a norm, Prodigy's d, the switch of SWATS) is over all tensors, and where every decay is 0 it is that rule, to the bit. Every decay in the
/// rule is left out, those of rules inside it and of fallbacks too. <see cref="DecayExemption.NoDecayOn(Rule, TensorSelector)"/> puts it around the parts of a rule that decay. Slots: the other rule's.
/// </remarks>
[RegisteredRule("exempt_from_decay", "decay exemption", IsWrapper = true, IsElementwise = false, IsPerTensor = true)]
public sealed partial record ExemptFromDecay : Wrapper
{
    /// <summary><see cref="AdamW"/> with its defaults, without decay on vectors and scalars.</summary>
    public ExemptFromDecay()
        : this(new AdamW(), TensorSelector.OfRank(0, 1).OrNone())
    {
    }

    /// <summary>A rule without its decay on some tensors.</summary>
    /// <param name="inner">The rule.</param>
    /// <param name="tensors">Which tensors are exempt.</param>
    public ExemptFromDecay(Rule inner, TensorSelector tensors)
        : base(inner) => Tensors = tensors;

    /// <summary>The tensors that are exempt.</summary>
    public TensorSelector Tensors
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Tensors));
            field = value;
        }
    }

    internal override IReadOnlyList<TensorSelector> Selectors => [Tensors];

    internal override Rule WithSelectors(Func<TensorSelector, TensorSelector> change) => this with { Tensors = change(Tensors) };

    /// <inheritdoc/>
    public override void Validate()
    {
        if (RuleTree.Find(Inner, part => RuleTree.HasDecay(part) && !part.DecaysByTensor()) is { } part)
        {
            throw new ArgumentException($"The weight decay of {part.GetType().Name} must be by tensor ({nameof(DecaysByTensor)}), which it does not say; {nameof(DecayExemption.NoDecayOn)} makes two rules of it.");
        }

        base.Validate();
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.PrepareExempting(Inner, Tensors.Matches);
    }
}
