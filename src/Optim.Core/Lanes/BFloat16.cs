using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim.Lanes;

/// <summary>Numbers as the first 16 bits of floats, rounded to nearest, ties to even; NaN stays NaN. A register of them at a time, for each width.</summary>
/// <remarks>Added to a float's bits, half of the last place that is kept carries into it where the number is to be rounded up, beyond the largest number to infinity.</remarks>
internal static unsafe class BFloat16
{
    // What is cut off of a NaN must not be all that makes it one.
    private const uint Quiet = 0x40, Infinity = 0x7F800000, Magnitude = 0x7FFFFFFF, BelowHalf = 0x7FFF;

    /// <summary>The number that a code is.</summary>
    [MethodImpl(AggressiveInlining)]
    public static float Decode(ushort code) => BitConverter.UInt32BitsToSingle((uint)code << 16);

    /// <summary>The nearest code of a number.</summary>
    [MethodImpl(AggressiveInlining)]
    public static ushort Encode(float number) => Rounded(number, BelowHalf + ((BitConverter.SingleToUInt32Bits(number) >> 16) & 1));

    /// <summary>The code of a number, after that has been added to its bits.</summary>
    [MethodImpl(AggressiveInlining)]
    public static ushort Rounded(float number, uint added)
    {
        uint bits = BitConverter.SingleToUInt32Bits(number);
        return (ushort)((bits & Magnitude) > Infinity ? (bits >> 16) | Quiet : (bits + added) >> 16);
    }

    /// <summary>Reads 4 codes.</summary>
    [MethodImpl(AggressiveInlining)]
    public static Vector128<float> Load128(ushort* source) =>
        Vector128.ShiftLeft(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)source).AsUInt16()), 16).AsSingle();

    /// <summary>Reads 8 codes.</summary>
    [MethodImpl(AggressiveInlining)]
    public static Vector256<float> Load256(ushort* source) => Avx2.IsSupported
        ? Vector256.ShiftLeft(Avx2.ConvertToVector256Int32(source), 16).AsSingle()
        : Vector256.Create(Load128(source), Load128(source + 4));

    /// <summary>Reads 16 codes.</summary>
    [MethodImpl(AggressiveInlining)]
    public static Vector512<float> Load512(ushort* source) => Avx512F.IsSupported
        ? Vector512.ShiftLeft(Avx512F.ConvertToVector512UInt32(Vector256.Load(source)), 16).AsSingle()
        : Vector512.Create(Load256(source), Load256(source + 8));

    /// <summary>Writes 4 codes.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Store(Vector128<float> numbers, ushort* target) =>
        Store(numbers, target, Vector128.Create(BelowHalf) + (Vector128.ShiftRightLogical(numbers.AsUInt32(), 16) & Vector128<uint>.One));

    /// <summary>Writes 8 codes.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Store(Vector256<float> numbers, ushort* target) =>
        Store(numbers, target, Vector256.Create(BelowHalf) + (Vector256.ShiftRightLogical(numbers.AsUInt32(), 16) & Vector256<uint>.One));

    /// <summary>Writes 16 codes.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Store(Vector512<float> numbers, ushort* target) =>
        Store(numbers, target, Vector512.Create(BelowHalf) + (Vector512.ShiftRightLogical(numbers.AsUInt32(), 16) & Vector512<uint>.One));

    /// <summary>Writes 4 codes, after that has been added to the numbers' bits.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Store(Vector128<float> numbers, ushort* target, Vector128<uint> added)
    {
        var bits = numbers.AsUInt32();
        var rounded = Vector128.ConditionalSelect(Vector128.IsNaN(numbers).AsUInt32(), bits | Vector128.Create(Quiet << 16), bits + added);
        *(ulong*)target = Vector128.Shuffle(rounded.AsByte(), Vector128.Create((byte)2, 3, 6, 7, 10, 11, 14, 15, 2, 3, 6, 7, 10, 11, 14, 15)).AsUInt64().ToScalar();
    }

    /// <summary>Writes 8 codes, after that has been added to the numbers' bits.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Store(Vector256<float> numbers, ushort* target, Vector256<uint> added)
    {
        if (!Avx2.IsSupported)
        {
            Store(numbers.GetLower(), target, added.GetLower());
            Store(numbers.GetUpper(), target + 4, added.GetUpper());
            return;
        }

        // The halves of each half in a row, then those of both: what narrows without a shuffle takes AVX2 more instructions.
        var bits = numbers.AsUInt32();
        var rounded = Vector256.ConditionalSelect(Vector256.IsNaN(numbers).AsUInt32(), bits | Vector256.Create(Quiet << 16), bits + added);
        var halves = Avx2.Shuffle(rounded.AsByte(), Vector256.Create((byte)2, 3, 6, 7, 10, 11, 14, 15, 2, 3, 6, 7, 10, 11, 14, 15, 2, 3, 6, 7, 10, 11, 14, 15, 2, 3, 6, 7, 10, 11, 14, 15));
        Avx2.Permute4x64(halves.AsUInt64(), 0b1000).GetLower().AsUInt16().Store(target);
    }

    /// <summary>Writes 16 codes, after that has been added to the numbers' bits.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Store(Vector512<float> numbers, ushort* target, Vector512<uint> added)
    {
        var bits = numbers.AsUInt32();
        var codes = Vector512.ShiftRightLogical(Vector512.ConditionalSelect(Vector512.IsNaN(numbers).AsUInt32(), bits | Vector512.Create(Quiet << 16), bits + added), 16);
        (Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(codes) : Vector256.Narrow(codes.GetLower(), codes.GetUpper())).Store(target);
    }
}
