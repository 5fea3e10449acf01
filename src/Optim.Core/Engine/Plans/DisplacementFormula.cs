using System.Runtime.CompilerServices;
using Optim.Lanes;

namespace Optim.Execution;

/// <summary>From an update to the parameter it leads to, <c>x = p - u</c>, and back, <c>u = p - x</c>.</summary>
internal readonly struct DisplacementFormula<T> : IFormula<T>
    where T : unmanaged
{
    public static int SlotCount => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => parameter - update;
}
