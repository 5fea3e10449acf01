using System.Runtime.CompilerServices;

namespace Optim.Properties.LinearAlgebra;

/// <summary>Arrays at chosen places, which they keep.</summary>
internal static class Placed
{
    /// <summary>The places where the elements of a managed array can begin in a line of 64 bytes.</summary>
    public const int Count = Line / 8;

    private const int Line = 64;

    /// <summary>A copy, anywhere in an array, whose first element is some elements after the beginning of such a line.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="offset">How many elements.</param>
    public static unsafe Memory<T> After<T>(T[] values, int offset)
        where T : unmanaged
    {
        T[] array = GC.AllocateUninitializedArray<T>(values.Length + offset + (Line / sizeof(T)), pinned: true);
        int first = (int)((-(nint)Unsafe.AsPointer(ref array[0]) & (Line - 1)) / sizeof(T)) + offset;
        values.CopyTo(array, first);
        return array.AsMemory(first, values.Length);
    }

    /// <summary>A copy whose elements begin 8 times some bytes after such a line's beginning.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="place">From 0 to 7.</param>
    public static unsafe T[] At<T>(T[] values, int place)
        where T : unmanaged
    {
        // The heap of pinned arrays grows array by array: one of another length moves the next, if it is too large for the holes that smaller ones left. What is
        // held leaves no hole for the next attempt to fall into again.
        var random = new Random(place);
        var held = new List<Array>();
        for (int attempt = 0; attempt < 1000; attempt++)
        {
            T[] copy = GC.AllocateUninitializedArray<T>(values.Length, pinned: true);
            if (((nint)Unsafe.AsPointer(ref copy[0]) & (Line - 1)) == place * 8)
            {
                values.CopyTo(copy, 0);
                return copy;
            }

            held.Add(copy);
            held.Add(GC.AllocateUninitializedArray<byte>((values.Length * sizeof(T)) + (8 * random.Next(Count)), pinned: true));
        }

        throw new InvalidOperationException($"No array of {values.Length} elements came to place {place}.");
    }
}
