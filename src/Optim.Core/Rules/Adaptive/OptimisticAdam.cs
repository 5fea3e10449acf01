namespace Optim;

/// <summary>Adam that takes its next direction to change as this one did: for games, where plain descent circles.</summary>
/// <formula>
/// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2
/// d = (b1 m / (1 - b1^(t+1)) + (1 - b1) g / (1 - b1^t)) / (sqrt(v / (1 - b2^t) + eps_root) + eps) (Nesterov; else m / (1 - b1^t) above)
/// p = p - lr (alpha d + o (d - d_before)); at the first step d_before = d
/// </formula>
/// <paper>Daskalakis, Ilyas, Syrgkanis and Zeng 2018, Training GANs with Optimism</paper>
/// <definition>Optax's optimistic_adam_v2; its optimistic_adam is AbsoluteOptimism.</definition>
/// <differs>The paper's Adam is not Nesterov's: Nesterov = false.</differs>
/// <remarks>
/// In Optax's first form the optimism is not multiplied by the learning rate, <see cref="AbsoluteOptimism"/>, unless it is left out: that is this form with its defaults. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, <c>previous_grad</c>,
/// the direction of the step before.
/// </remarks>
[RegisteredRule("optimistic_adam", "Optimistic Adam", StartingRate = 0.01)]
public sealed partial record OptimisticAdam : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>alpha, the weight of the direction, 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Alpha { get; init; } = 1;

    /// <summary>o, the weight of the direction's change, 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Optimism { get; init; } = 1;

    /// <summary>Whether o is not multiplied by the learning rate. Default false.</summary>
    public bool AbsoluteOptimism { get; init; }

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>eps_root, added under the root, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule RootEpsilon { get; init; } = 0;

    /// <summary>Whether the mean looks ahead. Default true.</summary>
    public bool Nesterov { get; init; } = true;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [.. NesterovAdamFormula.Slots, .. OptimisticFormula.Slots];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => AbsoluteOptimism ? new() { WhyNoDirection = "its optimism is no multiple of it" } : Composition.Free;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var direction = new NesterovAdamFormula<T>(at.Beta1, at.Beta2, at.Epsilon, at.RootEpsilon, plan.Step, Nesterov);
        var optimism = new OptimisticFormula<T>(
            at.LearningRate * at.Alpha, plan.Step == 1 ? 0 : at.Optimism * (AbsoluteOptimism ? 1 : at.LearningRate));
        plan.Apply(Formula.Then<T, NesterovAdamFormula<T>, OptimisticFormula<T>>(direction, optimism));
    }
}

/// <summary>Optax's direction of Adam: with Nesterov's mean, corrected as of the step after, and an epsilon under the root.</summary>
[Formula]
internal readonly partial struct NesterovAdamFormula<T>(double beta1, double beta2, double epsilon, double rootEpsilon, long step, bool nesterov)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = new(beta1, beta2, epsilon, step);
    private readonly T kept = T.CreateTruncating(nesterov ? beta1 / Exact.OneMinusPower(beta1, step + 1) : 1 / Exact.OneMinusPower(beta1, step));
    private readonly T fresh = T.CreateTruncating(nesterov ? (1 - beta1) / Exact.OneMinusPower(beta1, step) : 0);
    private readonly T correction2 = T.CreateTruncating(1 / Exact.OneMinusPower(beta2, step));
    private readonly T rootEpsilon = T.CreateTruncating(rootEpsilon), epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, g);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, g);
        var mean = fresh == T.Zero ? exp_avg * kept : L.FusedMultiplyAdd(exp_avg, kept, g * fresh);
        return mean / (L.Sqrt(L.FusedMultiplyAdd(exp_avg_sq, correction2, L.Broadcast(rootEpsilon))) + L.Broadcast(epsilon));
    }
}
