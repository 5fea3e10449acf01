using System.Globalization;
using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>
/// In training, each element is set to 0 with a probability and otherwise divided by the keep probability (inverted dropout; Srivastava, Hinton,
/// Krizhevsky, Sutskever and Salakhutdinov 2014); in evaluation, the identity.
/// </summary>
/// <param name="input">The input shape.</param>
/// <param name="rate">The dropout probability, in [0, 1).</param>
internal sealed class Dropout<T>(ImageShape input, double rate) : Layer<T>(input, input)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Description { get; } = string.Create(CultureInfo.InvariantCulture, $"dropout {rate}");

    /// <inheritdoc/>
    public override (T[] Output, Pullback<T> Pullback) Forward(T[] input, Pass<T> pass)
    {
        if (!pass.Training)
        {
            return (input, gradient => gradient);
        }

        // Drawn on one thread, in order: the same for any number of threads.
        var mask = pass.Workspace.Take(input.Length);
        var kept = T.CreateTruncating(1 / (1 - rate));
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = pass.Random.NextDouble() < rate ? T.Zero : kept;
        }

        var output = pass.Workspace.Take(input.Length);
        RowMajor.MultiplyElements<T>(input, mask, output);
        return (output, gradient =>
        {
            RowMajor.MultiplyElements<T>(gradient, mask, gradient);
            return gradient;
        });
    }
}
