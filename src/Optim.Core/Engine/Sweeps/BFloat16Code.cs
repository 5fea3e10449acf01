using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Execution;

/// <summary>The first 16 bits of a float.</summary>
internal static unsafe class BFloat16Code
{
    private const int Width = 32;
    private const uint Quiet = 0x40, Infinity = 0x7F800000, Magnitude = 0x7FFFFFFF;

    /// <summary>The number that a code is.</summary>
    [MethodImpl(AggressiveInlining)]
    public static float Value(ushort code) => BitConverter.UInt32BitsToSingle((uint)code << 16);

    /// <summary>The nearest code of a number, ties to even.</summary>
    [MethodImpl(AggressiveInlining)]
    public static ushort Nearest(float number) => Rounded(number, 0x7FFF + ((BitConverter.SingleToUInt32Bits(number) >> 16) & 1));

    [MethodImpl(AggressiveOptimization)]
    public static void Decode(ushort* source, float* target, nint count)
    {
        nint i = 0;
        for (; i + Width <= count; i += Width)
        {
            var (lower, upper) = Vector512.Widen(Vector512.Load(source + i));
            Vector512.ShiftLeft(lower, 16).AsSingle().Store(target + i);
            Vector512.ShiftLeft(upper, 16).AsSingle().Store(target + i + (Width / 2));
        }

        for (; i < count; i++)
        {
            target[i] = Value(source[i]);
        }
    }

    /// <param name="source">The numbers.</param>
    /// <param name="target">Receives their codes.</param>
    /// <param name="count">How many.</param>
    /// <param name="counter">What the first one's chance is a function of; that of the others follows.</param>
    /// <param name="isStochastic">Whether they are rounded by chance.</param>
    [MethodImpl(AggressiveOptimization)]
    public static void Encode(float* source, ushort* target, nint count, uint counter, bool isStochastic)
    {
        nint i = 0;
        var indices = Vector512<uint>.Indices + Vector512.Create(counter);
        for (; i + Width <= count; i += Width)
        {
            var lower = Vector512.Load(source + i).AsUInt32();
            var upper = Vector512.Load(source + i + (Width / 2)).AsUInt32();
            Vector512.Narrow(
                isStochastic ? Rounded(lower, VectorChance.Of(indices + Vector512.Create((uint)i)) & Vector512.Create(0xFFFFu)) : Rounded(lower, Half(lower)),
                isStochastic ? Rounded(upper, VectorChance.Of(indices + Vector512.Create((uint)i + (Width / 2))) & Vector512.Create(0xFFFFu)) : Rounded(upper, Half(upper))).Store(target + i);
        }

        for (; i < count; i++)
        {
            target[i] = isStochastic ? Rounded(source[i], SlotCode.Mixed(counter + (uint)i) & 0xFFFF) : Nearest(source[i]);
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static ushort Rounded(float number, uint added)
    {
        uint bits = BitConverter.SingleToUInt32Bits(number);
        return (ushort)((bits & Magnitude) > Infinity ? (bits >> 16) | Quiet : (bits + added) >> 16);
    }

    [MethodImpl(AggressiveInlining)]
    private static Vector512<uint> Half(Vector512<uint> bits) => Vector512.Create(0x7FFFu) + (Vector512.ShiftRightLogical(bits, 16) & Vector512.Create(1u));

    [MethodImpl(AggressiveInlining)]
    private static Vector512<uint> Rounded(Vector512<uint> bits, Vector512<uint> added) => Vector512.ConditionalSelect(
        Vector512.GreaterThan((bits & Vector512.Create(Magnitude)).AsInt32(), Vector512.Create((int)Infinity)).AsUInt32(),
        Vector512.ShiftRightLogical(bits, 16) | Vector512.Create(Quiet), Vector512.ShiftRightLogical(bits + added, 16));
}

/// <summary>Random numbers by their position, a vector of them.</summary>
internal static class VectorChance
{
    /// <summary>See <see cref="SlotCode.Mixed"/>.</summary>
    [MethodImpl(AggressiveInlining)]
    public static Vector512<uint> Of(Vector512<uint> x)
    {
        x = (x ^ Vector512.ShiftRightLogical(x, 16)) * Vector512.Create(0x7FEB352Du);
        x = (x ^ Vector512.ShiftRightLogical(x, 15)) * Vector512.Create(0x846CA68Bu);
        return x ^ Vector512.ShiftRightLogical(x, 16);
    }
}
