using System.Buffers;
using System.Numerics;

namespace Optim.Execution;

/// <summary>Rejects parameters that share memory: one of two updates of the same element would be lost.</summary>
/// <remarks>By address, so that it does not matter who owns the memory or by how many objects it is seen.</remarks>
internal static unsafe class SharedMemory
{
    /// <exception cref="ArgumentException">A parameter's elements overlap another's, or another's gradient. Gradients, which are read, may share memory with each other.</exception>
    public static void Refuse<T>(Layout layout, ReadOnlySpan<Memory<T>> parameters, ReadOnlySpan<ReadOnlyMemory<T>> gradients)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        List<MemoryHandle> pins = [];
        List<Piece> pieces = [];
        try
        {
            for (int i = 0; i < layout.Count; i++)
            {
                Add(layout[i], parameters[i], isGradient: false);
                Add(layout[i], gradients[i], isGradient: true);
            }

            RefuseOverlaps(pieces);
        }
        finally
        {
            pins.ForEach(pin => pin.Dispose());
        }

        void Add(TensorShape shape, ReadOnlyMemory<T> memory, bool isGradient)
        {
            if (memory.Length == 0)
            {
                return;
            }

            var pin = memory.Pin();
            pins.Add(pin);
            if (pin.Pointer != null)
            {
                pieces.Add(new(shape.Name, isGradient, (nuint)pin.Pointer, (nuint)pin.Pointer + ((nuint)memory.Length * (nuint)sizeof(T))));
            }
        }
    }

    private static void RefuseOverlaps(List<Piece> pieces)
    {
        pieces.Sort((x, y) => x.Begin.CompareTo(y.Begin));

        // In order of their beginnings, the furthest end so far meets whatever begins before it.
        Piece last = default, lastValues = default;
        foreach (var piece in pieces)
        {
            var before = piece.IsGradient ? lastValues : last;
            if (before.End > piece.Begin)
            {
                throw new ArgumentException(
                    $"Parameters must not share memory with each other or with gradients; '{before.Name}' and '{piece.Name}' do.", "parameters");
            }

            last = piece.End > last.End ? piece : last;
            lastValues = piece.IsGradient ? lastValues : piece;
        }
    }

    private readonly record struct Piece(string Name, bool IsGradient, nuint Begin, nuint End);
}
