namespace Optim;

/// <summary>Momentum divided by the largest recent gradient.</summary>
/// <formula>
/// g = g + wd p
/// m = b1 m + (1 - b1) g
/// u = max(b2 u, |g| + eps)
/// p = p - lr m / (1 - b1^t) / u
/// </formula>
/// <paper>Kingma and Ba 2015, Adam: A Method for Stochastic Optimization (algorithm 2)</paper>
/// <definition>PyTorch's Adamax: epsilon is added to the magnitude, inside the maximum.</definition>
/// <differs>The paper has no epsilon: Epsilon = 0.</differs>
/// <remarks>
/// With <see cref="Epsilon"/> 0 this is the paper's algorithm, and an element that has never had a gradient becomes NaN (0 / 0). Slots: <c>exp_avg</c>,
/// <c>exp_inf</c>.
/// </remarks>
[RegisteredRule("adamax", "AdaMax", StartingRate = 0.03)]
public sealed partial record AdaMax : Rule
{
    /// <summary>lr, 0 or more. Default 0.002.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 2e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, how much of the largest magnitude stays, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, added to the gradient's magnitude, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AdaMaxFormula.Slots;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(Maximize, at.WeightDecay);
        plan.ApplyAtRate(new AdaMaxFormula<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step), at.LearningRate);
    }
}

[Formula]
internal readonly partial struct AdaMaxFormula<T>(double beta1, double beta2, double epsilon, long step)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1), beta2 = T.CreateTruncating(beta2);
    private readonly T correction = T.CreateTruncating(1 / Exact.OneMinusPower(beta1, step)), epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_inf)
        where L : struct, ILane<L, T>
    {
        exp_avg = L.FusedMultiplyAdd(exp_avg, beta1, update * gain1);
        exp_inf = L.Max(exp_inf * beta2, L.Abs(update) + L.Broadcast(epsilon));
        return exp_avg * correction / exp_inf;
    }
}
