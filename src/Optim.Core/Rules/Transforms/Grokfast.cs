namespace Optim;

/// <summary>The slow part of the gradient, amplified: what generalizes changes slowly.</summary>
/// <formula>
/// h = a h + (1 - a) u, h = u at first
/// u = u + l h
/// </formula>
/// <paper>Lee, Kang, Kim and Lee 2024, Grokfast: Accelerated Grokking by Amplifying Slow Gradients</paper>
/// <definition>The authors' code (gradfilter_ema): the mean begins as the first gradient and is not corrected.</definition>
/// <remarks>The authors' other filter, of a window of gradients, is <see cref="GrokfastWindow"/>. Slot: <c>slow_grad</c> (h).</remarks>
[RegisteredRule("grokfast", "Grokfast")]
public sealed partial record Grokfast : Rule
{
    /// <summary>a, how much of the mean stays, in [0, 1). Default 0.98.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta { get; init; } = 0.98;

    /// <summary>l, how much of the mean is added, 0 or more. Default 2.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Amplification { get; init; } = 2;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => GrokfastFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.Apply(new GrokfastFormula<T>(plan.Step == 1 ? 0 : at.Beta, at.Amplification));
    }
}

[Formula]
internal readonly partial struct GrokfastFormula<T>(double beta, double amplification)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RunningMean<T> mean = new(beta);
    private readonly T beta = T.CreateTruncating(beta), amplification = T.CreateTruncating(amplification);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L u, ref L slow_grad)
        where L : struct, ILane<L, T>
    {
        slow_grad = beta == T.Zero ? u : mean.Next(slow_grad, u);
        return amplification == T.Zero ? u : L.FusedMultiplyAdd(slow_grad, amplification, u);
    }
}
