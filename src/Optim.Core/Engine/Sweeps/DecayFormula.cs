using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;

namespace Optim.Execution;

/// <summary><c>u = u + wd p</c>.</summary>
[Formula]
internal readonly partial struct DecayFormula<T>(double weightDecay)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T weightDecay = T.CreateTruncating(weightDecay);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private L Apply<L>(L update, L parameter)
        where L : struct, ILane<L, T> => L.FusedMultiplyAdd(parameter, weightDecay, update);
}
