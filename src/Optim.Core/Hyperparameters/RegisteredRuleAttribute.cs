namespace Optim;

/// <summary>
/// As <see cref="RuleAttribute"/>, for a rule with a row in <see cref="RuleRegistry"/>, which is generated from this and from the documentation's
/// <c>summary</c>, <c>formula</c>, <c>paper</c>, <c>definition</c> and <c>differs</c>. An optimizer without a <c>LearningRate</c> provides a static
/// method <c>AtRate(Schedule)</c> that creates it for a given rate.
/// </summary>
/// <param name="name">See <see cref="RuleEntry.Name"/>.</param>
/// <param name="title">See <see cref="RuleEntry.Title"/>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class RegisteredRuleAttribute(string name, string title) : Attribute
{
    /// <inheritdoc cref="RuleEntry.Name"/>
    public string Name => name;

    /// <inheritdoc cref="RuleEntry.Title"/>
    public string Title => title;

    /// <summary>See <see cref="RuleEntry.Family"/>; the folder of the rule's file where it is not said.</summary>
    public string Family { get; set; } = "";

    /// <summary>See <see cref="RuleEntry.StartingRate"/>; a piece of an optimizer has none.</summary>
    public double StartingRate { get; set; }

    /// <inheritdoc cref="RuleEntry.IsElementwise"/>
    public bool IsElementwise { get; set; } = true;

    /// <inheritdoc cref="RuleEntry.IsPerTensor"/>
    public bool IsPerTensor { get; set; }

    /// <inheritdoc cref="RuleEntry.IsWrapper"/>
    public bool IsWrapper { get; set; }

    /// <inheritdoc cref="RuleEntry.NeedsObjective"/>
    public bool NeedsObjective { get; set; }

    /// <inheritdoc cref="RuleEntry.NeedsLoss"/>
    public bool NeedsLoss { get; set; }

    /// <inheritdoc cref="RuleEntry.NeedsHessianDiagonal"/>
    public bool NeedsHessianDiagonal { get; set; }

    /// <inheritdoc cref="RuleEntry.IsForFullBatches"/>
    public bool IsForFullBatches { get; set; }

    /// <inheritdoc cref="RuleEntry.ExtraMoves"/>
    public int ExtraMoves { get; set; }

    /// <inheritdoc cref="RuleEntry.Period"/>
    public int Period { get; set; } = 1;

    /// <inheritdoc cref="RuleEntry.RestingSteps"/>
    public int RestingSteps { get; set; }

    /// <inheritdoc cref="RuleEntry.IsComputeBound"/>
    public bool IsComputeBound { get; set; }
}
