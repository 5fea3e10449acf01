namespace Optim;

/// <summary>Steps by the sign of the mean gradient, with decoupled decay.</summary>
/// <formula>
/// m = b m + (1 - b) g
/// p -= lr (sign(m) + wd p)
/// </formula>
/// <paper>Su 2023, Tiger: A Tight-fisted Optimizer (github.com/bojone/tiger)</paper>
/// <definition>kozistr's pytorch_optimizer. The sign of 0 is 0, the sign of NaN is NaN.</definition>
/// <differs>The original multiplies the rate by the root mean square of each tensor, and halves it and drops the decay for biases.</differs>
/// <remarks>
/// <see cref="Lion"/> with both betas equal. The original (Su 2023, bojone/tiger, for TensorFlow) also multiplies the rate by each tensor's root mean square
/// and treats biases apart; a rule here does neither. The sign of 0 is 0; NaN spreads. Slot: <c>exp_avg</c>.
/// </remarks>
[RegisteredRule("tiger", "Tiger", StartingRate = 0.001)]
public sealed partial record Tiger : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b, how much of the mean stays, in [0, 1). Default 0.965.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta { get; init; } = 0.965;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0.01;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg")];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyAtRate(Formula.Then<T, MeanFormula<T>, SignFormula<T>>(new(at.Beta), default), at.LearningRate, at.WeightDecay);
    }
}
