using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// The update's direction as far as it is steady: <c>m = b m + (1 - b) g; v = b v + (1 - b) g^2; u = m |m| / (v + eps)</c>.
/// </summary>
/// <remarks>
/// m^2 never exceeds v, and equals it when every gradient was the same; so |u| is at most 1, near 1 where gradients agree and near 0 where
/// they are noise. Both means begin at 0, which makes u grow from 1 - b to 1: a warmup without a schedule. Our own, with no paper behind
/// it: the worked example of CONTRIBUTING. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
public sealed record ScaleByCoherence : Rule
{
    /// <summary>b, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>eps, 0 or more. Default 1e-16: it guards 0 / 0, and v is a square.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-16;

    internal static RuleEntry Entry { get; } = new(
        "scale_by_coherence", "coherence", "The mean direction, as far as gradients agree on it.",
        () => new ScaleByCoherence())
    {
        Formula = """
            m = b m + (1 - b) u; v = b v + (1 - b) u^2
            u = m |m| / (v + eps)
            """,
        Paper = "none",
        Definition = "our own",
    };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByCoherence WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public ScaleByCoherence WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Apply(new CoherenceFormula<T>(Constraint.UnitInterval.At(Beta1, plan.Clock), Constraint.NonNegative.At(Epsilon, plan.Clock)));
    }
}

/// <summary><c>m = b m + (1 - b) g; v = b v + (1 - b) g^2; u = m |m| / (v + eps)</c>.</summary>
internal readonly struct CoherenceFormula<T>(double beta, double epsilon) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta = T.CreateTruncating(beta);
    private readonly T gain = T.CreateTruncating(1 - beta);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = L.FusedMultiplyAdd(slots.Read(0), beta, update * gain);
        var v = L.FusedMultiplyAdd(slots.Read(1), beta, update * update * gain);
        slots.Write(0, m);
        slots.Write(1, v);
        return m * L.Abs(m) / (v + L.Broadcast(epsilon));
    }
}
