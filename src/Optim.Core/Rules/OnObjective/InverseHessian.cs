namespace Optim;

/// <summary>The inverse Hessian that pairs make (Liu and Nocedal 1989).</summary>
internal static class InverseHessian
{
    /// <summary><c>d = H d</c>, by the two-loop recursion.</summary>
    public static void Multiply<T>(ICurvaturePairs<T> pairs, Span<T> d, int threads)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] weights = new double[pairs.Count];
        for (int i = weights.Length - 1; i >= 0; i--)
        {
            weights[i] = Vectors.Dot(pairs.Step(i), d, threads) / pairs.Product(i);
            Vectors.AddMultiple(d, -weights[i], pairs.Change(i));
        }

        Vectors.Multiply(d, pairs.InverseScale);
        for (int i = 0; i < weights.Length; i++)
        {
            Vectors.AddMultiple(d, weights[i] - (Vectors.Dot(pairs.Change(i), d, threads) / pairs.Product(i)), pairs.Step(i));
        }
    }
}
