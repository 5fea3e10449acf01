using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

/// <summary>Ranges of numbers as the first 16 bits of floats, see <see cref="BFloat16"/>.</summary>
internal static unsafe class BFloat16Code
{
    [MethodImpl(AggressiveOptimization)]
    public static void Decode(ushort* source, float* target, nint count)
    {
        nint i = 0;
        for (; Avx2.IsSupported && i + 8 <= count; i += 8)
        {
            BFloat16.Load256(source + i).Store(target + i);
        }

        for (; Vector128.IsHardwareAccelerated && i + 4 <= count; i += 4)
        {
            BFloat16.Load128(source + i).Store(target + i);
        }

        for (; i < count; i++)
        {
            target[i] = BFloat16.Decode(source[i]);
        }
    }

    /// <param name="source">The numbers.</param>
    /// <param name="target">Receives their codes.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(AggressiveOptimization)]
    public static void Encode(float* source, ushort* target, nint count)
    {
        nint i = 0;
        for (; Avx2.IsSupported && i + 8 <= count; i += 8)
        {
            BFloat16.Store(Vector256.Load(source + i), target + i);
        }

        for (; Vector128.IsHardwareAccelerated && i + 4 <= count; i += 4)
        {
            BFloat16.Store(Vector128.Load(source + i), target + i);
        }

        for (; i < count; i++)
        {
            target[i] = BFloat16.Encode(source[i]);
        }
    }

    /// <summary>The codes of numbers that are rounded by chance.</summary>
    /// <param name="source">The numbers.</param>
    /// <param name="target">Receives their codes.</param>
    /// <param name="count">How many.</param>
    /// <param name="counter">What the first one's chance is a function of; that of the others follows.</param>
    public static void Encode(float* source, ushort* target, nint count, uint counter)
    {
        nint i = Vector512.IsHardwareAccelerated ? ByChance<BitLane512>(source, target, count, counter)
            : Avx2.IsSupported ? ByChance<BitLane256>(source, target, count, counter)
            : Vector128.IsHardwareAccelerated ? ByChance<BitLane128>(source, target, count, counter) : 0;
        for (; i < count; i++)
        {
            target[i] = BFloat16.Rounded(source[i], SlotCode.Mixed(counter + (uint)i) & 0xFFFF);
        }
    }

    /// <summary>The same by registers of one width, as many as are full.</summary>
    /// <returns>How many codes it has written.</returns>
    [MethodImpl(AggressiveOptimization)]
    public static nint ByChance<L>(float* source, ushort* target, nint count, uint counter)
        where L : struct, IBitLane<L>
    {
        nint i = 0;
        L indices = L.Indices + L.Broadcast(counter);
        for (; i + L.Width <= count; i += L.Width)
        {
            L.StoreBFloat16(L.Load(source + i), VectorChance.Of(indices + L.Broadcast((uint)i)) & L.Broadcast(0xFFFF), target + i);
        }

        return i;
    }
}

/// <summary>Random numbers by their position, a register of them.</summary>
internal static class VectorChance
{
    /// <summary>See <see cref="SlotCode.Mixed"/>.</summary>
    [MethodImpl(AggressiveInlining)]
    public static L Of<L>(L x)
        where L : struct, IBitLane<L>
    {
        x = (x ^ (x >>> 16)) * L.Broadcast(0x7FEB352D);
        x = (x ^ (x >>> 15)) * L.Broadcast(0x846CA68B);
        return x ^ (x >>> 16);
    }
}
