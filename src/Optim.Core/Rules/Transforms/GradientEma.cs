namespace Optim;

/// <summary>The running mean of updates in their place.</summary>
/// <formula>
/// m = d m + (1 - d) u
/// u = m / (1 - d^t)
/// </formula>
/// <paper>none</paper>
/// <definition>Optax's ema; the mean that is kept is not corrected</definition>
/// <remarks>Without <see cref="BiasCorrection"/> u is m. It is <see cref="ScaleByMomentum"/> with a dampening of d, its beginning apart. Slot: <c>ema</c> (m).</remarks>
[RegisteredRule("gradient_ema", "EMA of updates")]
public sealed partial record GradientEma : Rule
{
    /// <summary>d, how much of the mean stays, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta { get; init; } = 0.9;

    /// <summary>Whether the bias towards 0 is corrected. Default true.</summary>
    public bool BiasCorrection { get; init; } = true;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("ema")];

    /// <inheritdoc/>
    public override bool CountsSteps() => BiasCorrection;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double correction = BiasCorrection ? 1 / Exact.OneMinusPower(at.Beta, plan.Step) : 1;
        plan.Apply(Formula.Then<T, MovingMeanFormula<T>, ScaleFormula<T>>(new(at.Beta), new(correction)));
    }
}
