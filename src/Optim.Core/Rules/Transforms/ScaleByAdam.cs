namespace Optim;

/// <summary>The mean update divided by the root mean square.</summary>
/// <formula>
/// m = b1 m + (1 - b1) u; v = b2 v + (1 - b2) u^2
/// u = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
/// </formula>
/// <paper>Kingma and Ba 2015, Adam</paper>
/// <definition>PyTorch's Adam</definition>
/// <remarks>
/// Epsilon is added to the corrected root. AMSGrad (Reddi, Kale and Kumar 2018): the maximum is taken over the uncorrected v, then corrected. Where a beta is
/// a schedule, the correction uses its value at the step. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, with AMSGrad <c>max_exp_avg_sq</c>. The piece of
/// <see cref="Adam"/> and <see cref="AdamW"/>.
/// </remarks>
[RegisteredRule("scale_by_adam", "Adam's direction")]
public sealed partial record ScaleByAdam : Rule
{
    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>Whether the denominator never decreases. Default false.</summary>
    public bool AmsGrad { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AmsGrad ? AmsGradFormula.Slots : AdamFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var scalars = new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step);
        if (AmsGrad)
        {
            plan.Apply(new AmsGradFormula<T>(scalars));
        }
        else
        {
            plan.Apply(new AdamFormula<T>(scalars));
        }
    }
}

/// <summary>The scalars of one step of Adam.</summary>
/// <param name="beta1">b1.</param>
/// <param name="beta2">b2.</param>
/// <param name="epsilon">eps.</param>
/// <param name="correction1">What m is multiplied by for the quotient: in Adam <c>1 / (1 - b1^t)</c>.</param>
/// <param name="correction2">What v is multiplied by for the quotient: in Adam <c>1 / (1 - b2^t)</c>.</param>
/// <param name="averaging">Whether m is an average; a sum otherwise.</param>
internal readonly struct AdamScalars<T>(double beta1, double beta2, double epsilon, double correction1, double correction2, bool averaging = true)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), beta2 = T.CreateTruncating(beta2);
    private readonly T gain1 = T.CreateTruncating(averaging ? 1 - beta1 : 1), gain2 = T.CreateTruncating(1 - beta2);
    private readonly T correction1 = T.CreateTruncating(correction1), correction2 = T.CreateTruncating(correction2);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    /// <summary>Those of step t; without a correction of the bias it is 1, without averaging m sums the gradients.</summary>
    public AdamScalars(double beta1, double beta2, double epsilon, long step, bool biasCorrection = true, bool averaging = true)
        : this(
            beta1, beta2, epsilon, biasCorrection ? 1 / Exact.OneMinusPower(beta1, step) : 1, biasCorrection ? 1 / Exact.OneMinusPower(beta2, step) : 1, averaging)
    {
    }

    /// <summary>
    /// Those of step t for a quotient whose corrections stand in front, <c>c m / (sqrt(v) + eps)</c> with <c>c = sqrt(1 - b2^t) / (1 - b1^t)</c>:
    /// c is m's correction, v has none. An epsilon that belongs to the corrected root is brought to the other.
    /// </summary>
    public static AdamScalars<T> InFront(double beta1, double beta2, double epsilon, long step, bool epsilonAfterCorrection)
    {
        double root = Math.Sqrt(Exact.OneMinusPower(beta2, step));
        return new(beta1, beta2, epsilonAfterCorrection ? epsilon * root : epsilon, root / Exact.OneMinusPower(beta1, step), 1);
    }

    /// <summary><c>b1 m + (1 - b1) g</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L Mean<L>(L m, L gradient)
        where L : struct, ILane<L, T> => L.FusedMultiplyAdd(m, beta1, gradient * gain1);

    /// <summary><c>b2 v + (1 - b2) g^2</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L MeanSquare<L>(L v, L gradient)
        where L : struct, ILane<L, T> => L.FusedMultiplyAdd(v, beta2, gradient * gradient * gain2);

    /// <summary><c>m / (1 - b1^t)</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L Corrected<L>(L m)
        where L : struct, ILane<L, T> => m * correction1;

    /// <summary><c>(m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L Direction<L>(L m, L v)
        where L : struct, ILane<L, T> => Corrected(m) / CorrectedRoot(v);

    /// <summary><c>sqrt(v / (1 - b2^t))</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L Spread<L>(L v)
        where L : struct, ILane<L, T> => L.Sqrt(v * correction2);

    /// <summary><c>sqrt(v / (1 - b2^t)) + eps</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L CorrectedRoot<L>(L v)
        where L : struct, ILane<L, T> => L.Sqrt(v * correction2) + L.Broadcast(epsilon);

    /// <summary><c>sqrt(v) + eps</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L Root<L>(L v)
        where L : struct, ILane<L, T> => L.Sqrt(v) + L.Broadcast(epsilon);
}

/// <summary><c>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; u = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)</c>.</summary>
[Formula]
internal readonly partial struct AdamFormula<T>(AdamScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        return at.Direction(exp_avg, exp_avg_sq);
    }
}

/// <summary>As <see cref="AdamFormula{T}"/>, with <c>w = max(w, v)</c> in place of v in the quotient.</summary>
[Formula]
internal readonly partial struct AmsGradFormula<T>(AdamScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq, ref L max_exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        max_exp_avg_sq = L.Max(max_exp_avg_sq, exp_avg_sq);
        return at.Direction(exp_avg, max_exp_avg_sq);
    }
}

/// <summary>m and v as in <see cref="AdamFormula{T}"/>; the direction <c>c m / (sqrt(v) + eps)</c>: what corrects the bias stands in c, and epsilon is added to the uncorrected root.</summary>
[Formula]
internal readonly partial struct UncorrectedAdamFormula<T>(AdamScalars<T> at, double factor)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T factor = T.CreateTruncating(factor);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        return exp_avg * factor / at.Root(exp_avg_sq);
    }
}
