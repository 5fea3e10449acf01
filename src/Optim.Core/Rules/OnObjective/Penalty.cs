namespace Optim;

/// <summary>A sum of magnitudes, each with its weight, added to a smooth objective.</summary>
/// <param name="weights">One for all elements, or one for each.</param>
internal sealed class Penalty<T>(IReadOnlyList<double> weights) : INonsmoothTerm<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public TensorSet<T> Nearest(TensorSet<T> point) => point;

    /// <inheritdoc/>
    public double Loss(TensorSet<T> point, double loss)
    {
        double sum = 0;
        for (int i = 0; i < point.Length; i++)
        {
            double weight = Box.At(weights, i);
            sum += weight == 0 ? 0 : weight * Math.Abs(double.CreateTruncating(point.Span[i]));
        }

        return loss + sum;
    }

    /// <inheritdoc/>
    public double Norm(TensorSet<T> point, TensorSet<T> gradient) => PseudoGradient(point, gradient).Norm();

    /// <summary>The steepest slope of the sum at a point, with its sign: at 0 that of the side that descends, or 0 where neither does.</summary>
    public TensorSet<T> PseudoGradient(TensorSet<T> point, TensorSet<T> gradient)
    {
        var pseudo = gradient.Copy();
        var x = point.Span;
        var v = pseudo.Writable;
        for (int i = 0; i < v.Length; i++)
        {
            T weight = T.CreateTruncating(Box.At(weights, i));
            v[i] = x[i] > T.Zero ? v[i] + weight : x[i] < T.Zero ? v[i] - weight
                : v[i] + weight < T.Zero ? v[i] + weight : v[i] - weight > T.Zero ? v[i] - weight : T.IsNaN(v[i]) ? v[i] : T.Zero;
        }

        return pseudo;
    }
}
