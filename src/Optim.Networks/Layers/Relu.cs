using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary><c>max(0, x)</c>, in place.</summary>
/// <remarks>A preceding layer that compares with its output (<see cref="MaxPool{T}"/>) still may: where this is 0, so is the gradient.</remarks>
internal sealed class Relu<T>(ImageShape input) : Layer<T>(input, input)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Description => "ReLU";

    /// <inheritdoc/>
    public override (T[] Output, Pullback<T> Pullback) Forward(T[] input, Pass<T> pass)
    {
        pass.SplitRows(1, input.Length, (from, length) => Rectify(input.AsSpan(from, length)));
        return (input, gradient =>
        {
            pass.SplitRows(1, input.Length, (from, length) => Mask(gradient.AsSpan(from, length), input.AsSpan(from, length)));
            return gradient;
        });
    }

    // A NaN stays one, so that a run that diverged shows.
    private static void Rectify(Span<T> values)
    {
        int i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var x = new Vector<T>(values[i..]);
            Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), Vector<T>.Zero, x).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] = values[i] < T.Zero ? T.Zero : values[i];
        }
    }

    private static void Mask(Span<T> gradient, ReadOnlySpan<T> outputs)
    {
        int i = 0;
        for (; i <= gradient.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var open = Vector.GreaterThan(new Vector<T>(outputs[i..]), Vector<T>.Zero);
            Vector.ConditionalSelect(open, new Vector<T>(gradient[i..]), Vector<T>.Zero).CopyTo(gradient[i..]);
        }

        for (; i < gradient.Length; i++)
        {
            gradient[i] = outputs[i] > T.Zero ? gradient[i] : T.Zero;
        }
    }
}
