using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;

namespace Optim.Execution;

/// <summary>An exponential running mean, as a part of formulas: <c>m = b m + (1 - b) x</c>.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="decay">b.</param>
public readonly struct RunningMean<T>(double decay)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T decay = T.CreateTruncating(decay), gain = T.CreateTruncating(1 - decay);

    /// <summary>The mean after one more value: <c>b m + (1 - b) x</c>, the first product unrounded.</summary>
    /// <typeparam name="L">The lane.</typeparam>
    /// <param name="mean">m.</param>
    /// <param name="x">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Next<L>(L mean, L x)
        where L : struct, ILane<L, T> => L.FusedMultiplyAdd(mean, decay, x * gain);
}
