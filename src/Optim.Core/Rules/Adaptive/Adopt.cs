namespace Optim;

/// <summary>Adam that divides each gradient by the root mean square of those before it.</summary>
/// <formula>
/// g += wd p
/// t = 1: v = g^2, and nothing else
/// n = g / max(sqrt(v), eps), within +-(t - 1)^k
/// m = b1 m + (1 - b1) n
/// p -= lr m
/// v = b2 v + (1 - b2) g^2
/// </formula>
/// <paper>
/// Taniguchi, Harada, Minegishi, Oshima, Jeong, Nagahara, Iiyama, Suzuki, Iwasawa, Matsuo 2024, ADOPT: modified Adam can converge with any beta2 with the
/// optimal rate
/// </paper>
/// <definition>pytorch-image-models, which follows the authors' revised code.</definition>
/// <differs>The authors clip at (t - 1)^0.25: ClipExponent = 0.25. The paper's first form does not clip: ClipQuotient = false.</differs>
/// <remarks>The first step moves no parameter. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.</remarks>
[RegisteredRule("adopt", "ADOPT", StartingRate = 0.003, RestingSteps = 1)]
public sealed partial record Adopt : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.9999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.9999;

    /// <summary>eps, the least that a gradient is divided by, 0 or more. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-6;

    /// <summary>Whether the quotient is clipped; the paper's first form did not. Default true.</summary>
    public bool ClipQuotient { get; init; } = true;

    /// <summary>k, how the clipping widens with the steps, 0 or more: <c>(t - 1)^k</c>. Default 0.333; 0.25 in the paper.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule ClipExponent { get; init; } = 0.333;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, from the second step on, and never enters the moments. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AdoptFormula.Slots;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(Maximize, DecoupledWeightDecay ? 0 : at.WeightDecay);
        if (plan.Step == 1)
        {
            plan.SkipSlots(1);
            plan.Apply(default(FirstSquareFormula<T>));
            return;
        }

        double limit = ClipQuotient ? Exact.Power(plan.Clock, at.ClipExponent) : double.PositiveInfinity;
        plan.ApplyAtRate(new AdoptFormula<T>(at.Beta1, at.Beta2, at.Epsilon, limit), at.LearningRate, DecoupledWeightDecay ? at.WeightDecay : 0);
    }
}

/// <summary><c>v = g^2; u = 0</c>.</summary>
[Formula]
internal readonly partial struct FirstSquareFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(AggressiveInlining)]
    private static L Apply<L>(L update, out L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg_sq = update * update;
        return L.Broadcast(T.Zero);
    }
}

/// <summary><c>n = g / max(sqrt(v), eps)</c> within a limit<c>; m = b1 m + (1 - b1) n; v = b2 v + (1 - b2) g^2; u = m</c>.</summary>
[Formula]
internal readonly partial struct AdoptFormula<T>(double beta1, double beta2, double epsilon, double limit)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1);
    private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2);
    private readonly T epsilon = T.CreateTruncating(epsilon), limit = T.CreateTruncating(limit);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        L before = exp_avg_sq, most = L.Broadcast(limit);
        var quotient = update / L.Max(L.Sqrt(before), L.Broadcast(epsilon));
        exp_avg = L.FusedMultiplyAdd(exp_avg, beta1, L.Max(-most, L.Min(most, quotient)) * gain1);
        exp_avg_sq = L.FusedMultiplyAdd(before, beta2, update * update * gain2);
        return exp_avg;
    }
}
