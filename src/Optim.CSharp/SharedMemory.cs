using System.Numerics;
using System.Runtime.InteropServices;

namespace Optim.CSharp;

/// <summary>Rejects parameters that share memory: one of two updates of the same element would be lost.</summary>
internal static class SharedMemory
{
    /// <exception cref="ArgumentException">A parameter's elements overlap another's, or another's gradient.</exception>
    public static void Refuse<T>(IReadOnlyList<Parameter<T>> parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var pieces = parameters
            .SelectMany(p => new[] { (p.Name, Memory: (ReadOnlyMemory<T>)p.Values, IsGradient: false), (p.Name, Memory: p.Gradient, IsGradient: true) })
            .Where(piece => piece.Memory.Length > 0)
            .Select(piece => (piece.Name, piece.IsGradient, Segment: MemoryMarshal.TryGetArray(piece.Memory, out var segment) ? segment : default))
            .Where(piece => piece.Segment.Array is not null);
        foreach (var array in pieces.GroupBy(piece => piece.Segment.Array!, ReferenceEqualityComparer.Instance))
        {
            // In order of their beginnings, the furthest end so far meets whatever begins before it.
            (string Name, bool IsGradient, ArraySegment<T> Segment) last = default, lastValues = default;
            foreach (var piece in array.OrderBy(piece => piece.Segment.Offset))
            {
                var before = piece.IsGradient ? lastValues : last;
                if (before.Segment.Array is not null && End(before.Segment) > piece.Segment.Offset)
                {
                    throw new ArgumentException(
                        $"Parameters must not share memory with each other or with gradients; '{before.Name}' and '{piece.Name}' do.", nameof(parameters));
                }

                last = End(piece.Segment) > End(last.Segment) ? piece : last;
                lastValues = piece.IsGradient ? lastValues : piece;
            }
        }
    }

    private static int End<T>(ArraySegment<T> segment) => segment.Offset + segment.Count;
}
