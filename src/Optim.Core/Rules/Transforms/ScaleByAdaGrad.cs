namespace Optim;

/// <summary>The update divided by the root of the sum of squares.</summary>
/// <formula>s += u^2; u = u / (sqrt(s) + eps)</formula>
/// <paper>Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods</paper>
/// <definition>PyTorch's Adagrad</definition>
/// <remarks>Slot: <c>sum</c>. The piece of <see cref="AdaGrad"/>.</remarks>
[RegisteredRule("scale_by_adagrad", "AdaGrad's direction")]
public sealed partial record ScaleByAdaGrad : Rule
{
    /// <summary>eps, 0 or more. Default 1e-10.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-10;

    /// <summary>What s starts from, 0 or more. Default 0 (0.1 in some libraries).</summary>
    [Range(Bounds.NonNegative)] public partial double InitialAccumulator { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("sum", InitialAccumulator)];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.Apply(new AdaGradFormula<T>(at.Epsilon));
    }
}

[Formula]
internal readonly partial struct AdaGradFormula<T>(double epsilon)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L sum)
        where L : struct, ILane<L, T>
    {
        sum = L.FusedMultiplyAdd(update, update, sum);
        return update / (L.Sqrt(sum) + L.Broadcast(epsilon));
    }
}
