using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Adam's direction, without a learning rate: <c>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
/// u = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)</c>; with AMSGrad, v in the quotient is the largest v so far.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>Adam</c> (Kingma and Ba 2015, algorithm 1: epsilon is added to the corrected root). AMSGrad (Reddi, Kale and
/// Kumar 2018): the maximum is taken over the uncorrected v, then corrected. Where a beta is a schedule, the correction uses its value at
/// the step. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, with AMSGrad <c>max_exp_avg_sq</c>. The piece of <see cref="Adam"/> and <see cref="AdamW"/>.
/// </remarks>
public sealed record ScaleByAdam : Rule
{
    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>Whether the denominator never decreases. Default false.</summary>
    public bool AmsGrad { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "scale_by_adam", "Adam's direction", "The mean update divided by the root mean square.",
        () => new ScaleByAdam())
    {
        Formula = """
            m = b1 m + (1 - b1) u; v = b2 v + (1 - b2) u^2
            u = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
            """,
        Paper = "Kingma and Ba 2015, Adam",
        Definition = "PyTorch's Adam",
    };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByAdam WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByAdam WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByAdam WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="AmsGrad"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByAdam WithAmsGrad(bool value) => this with { AmsGrad = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        AmsGrad ? [new("exp_avg"), new("exp_avg_sq"), new("max_exp_avg_sq")] : [new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var scalars = AdamScalars<T>.At(plan.Clock, Beta1, Beta2, Epsilon);
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
    private readonly T beta1 = T.CreateTruncating(beta1);
    private readonly T beta2 = T.CreateTruncating(beta2);
    private readonly T gain1 = T.CreateTruncating(averaging ? 1 - beta1 : 1);
    private readonly T gain2 = T.CreateTruncating(1 - beta2);
    private readonly T correction1 = T.CreateTruncating(correction1);
    private readonly T correction2 = T.CreateTruncating(correction2);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    /// <summary>Those of step t; without a correction of the bias it is 1, without averaging m sums the gradients.</summary>
    public AdamScalars(double beta1, double beta2, double epsilon, long step, bool biasCorrection = true, bool averaging = true)
        : this(
            beta1, beta2, epsilon, biasCorrection ? 1 / (1 - Exact.Power(beta1, step)) : 1, biasCorrection ? 1 / (1 - Exact.Power(beta2, step)) : 1, averaging)
    {
    }

    public static AdamScalars<T> At(
        long clock, Schedule beta1, Schedule beta2, Schedule epsilon, bool biasCorrection = true, bool averaging = true) => new(
        Constraint.UnitInterval.At(beta1, clock, nameof(ScaleByAdam.Beta1)),
        Constraint.UnitInterval.At(beta2, clock, nameof(ScaleByAdam.Beta2)),
        Constraint.NonNegative.At(epsilon, clock, nameof(ScaleByAdam.Epsilon)),
        clock + 1,
        biasCorrection,
        averaging);

    /// <summary>
    /// Those of step t for a quotient whose corrections stand in front, <c>c m / (sqrt(v) + eps)</c> with <c>c = sqrt(1 - b2^t) / (1 - b1^t)</c>:
    /// c is m's correction, v has none. An epsilon that belongs to the corrected root is brought to the other.
    /// </summary>
    public static AdamScalars<T> InFront(long clock, Schedule beta1, Schedule beta2, Schedule epsilon, bool epsilonAfterCorrection)
    {
        double b1 = Constraint.UnitInterval.At(beta1, clock, nameof(ScaleByAdam.Beta1)), b2 = Constraint.UnitInterval.At(beta2, clock, nameof(ScaleByAdam.Beta2));
        double root = Math.Sqrt(1 - Exact.Power(b2, clock + 1)), eps = Constraint.NonNegative.At(epsilon, clock, nameof(ScaleByAdam.Epsilon));
        return new(b1, b2, epsilonAfterCorrection ? eps * root : eps, root / (1 - Exact.Power(b1, clock + 1)), 1);
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
internal readonly struct AdamFormula<T>(AdamScalars<T> at) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var v = at.MeanSquare(slots.Read(1), update);
        slots.Write(0, m);
        slots.Write(1, v);
        return at.Direction(m, v);
    }
}

/// <summary>As <see cref="AdamFormula{T}"/>, with <c>w = max(w, v)</c> in place of v in the quotient.</summary>
internal readonly struct AmsGradFormula<T>(AdamScalars<T> at) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    public static int SlotCount => 3;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var v = at.MeanSquare(slots.Read(1), update);
        var largest = L.Max(slots.Read(2), v);
        slots.Write(0, m);
        slots.Write(1, v);
        slots.Write(2, largest);
        return at.Direction(m, largest);
    }
}

/// <summary>m and v as in <see cref="AdamFormula{T}"/>; the direction <c>c m / (sqrt(v) + eps)</c>: what corrects the bias stands in c, and epsilon is added to the uncorrected root.</summary>
internal readonly struct UncorrectedAdamFormula<T>(AdamScalars<T> at, double factor) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T factor = T.CreateTruncating(factor);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var v = at.MeanSquare(slots.Read(1), update);
        slots.Write(0, m);
        slots.Write(1, v);
        return m * factor / at.Root(v);
    }
}
