using System.Numerics;
using Optim.CSharp;

namespace Optim.Distributed;

/// <summary>The gradients of an application's parameters as one vector.</summary>
internal static class Gradients
{
    public static void Collect<T>(IReadOnlyList<Parameter<T>> parameters, Layout layout, Span<T> vector)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            parameters[i].Gradient.Span.CopyTo(vector.Slice(layout.OffsetOf(i), layout[i].Length));
        }
    }

    public static void Spread<T>(ReadOnlySpan<T> vector, IReadOnlyList<Parameter<T>> parameters, Layout layout)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            vector.Slice(layout.OffsetOf(i), layout[i].Length).CopyTo(parameters[i].Gradient.Span);
        }
    }
}
