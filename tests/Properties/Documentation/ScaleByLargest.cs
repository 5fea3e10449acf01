using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;

namespace Optim.Properties.Documentation;

/// <summary>The largest magnitude seen so far: <c>u = max(u, |g|)</c>, divided out: <c>g / (u + eps)</c>. ...paper, definition, slots...</summary>
public sealed record ScaleByLargest : Rule
{
    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("largest")];

    public override void Prepare<T>(Plan<T> plan) =>
        plan.Apply(new LargestFormula<T>(Constraint.NonNegative.At(Epsilon, plan.Clock)));
}

internal readonly struct LargestFormula<T>(double epsilon) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var largest = L.Max(slots.Read(0), L.Abs(update));
        slots.Write(0, largest);
        return update / (largest + L.Broadcast(epsilon));
    }
}
