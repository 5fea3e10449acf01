// A rule that nobody had before, in one file. How far do the gradients of a parameter agree? With m and v the running means of g and g^2, m^2 / v is 1
// where they all agree and near 0 where they are noise.
using System.Numerics;
using System.Runtime.CompilerServices;
using Optim;
using Optim.Execution;
using Optim.Lanes;

namespace Samples;

/// <summary>The mean direction, as far as gradients agree on it.</summary>
/// <formula>
/// m = b m + (1 - b) u; v = b v + (1 - b) u^2
/// u = m |m| / (v + eps)
/// </formula>
/// <paper>none</paper>
/// <definition>our own</definition>
/// <remarks>
/// m^2 never exceeds v, and equals it when every gradient was the same; so |u| is at most 1, near 1 where gradients agree and near 0 where they are noise.
/// Both means begin at 0, which makes u grow from 1 - b to 1: a warmup without a schedule.
/// </remarks>
[Rule]
internal sealed partial record ScaleByCoherence : Rule
{
    /// <summary>b, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>eps, 0 or more. Default 1e-16: it guards 0 / 0, and v is a square.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-16;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => CoherenceFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.Apply(new CoherenceFormula<T>(at.Beta1, at.Epsilon));
    }
}

/// <summary>The direction of <see cref="ScaleByCoherence"/>.</summary>
[Formula]
internal readonly partial struct CoherenceFormula<T>(double beta, double epsilon)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RunningMean<T> mean = new(beta);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg = mean.Next(exp_avg, g);
        exp_avg_sq = mean.Next(exp_avg_sq, g * g);
        
        // In this order, for where v is infinite: m |m| would be so, too.
        return exp_avg / (exp_avg_sq + L.Broadcast(epsilon)) * L.Abs(exp_avg);
    }
}
