namespace Optim;

/// <summary>The last changes of the gradient and the steps that led to them, from the oldest.</summary>
internal interface IPairs<T>
    where T : unmanaged
{
    /// <summary>The number of pairs.</summary>
    int Count { get; }

    /// <summary><c>y.s / y.y</c> of the last pair: the inverse Hessian before any pair, as a multiple of the identity.</summary>
    double InverseScale { get; }

    /// <summary>The step of a pair.</summary>
    ReadOnlySpan<T> Step(int pair);

    /// <summary>The change of the gradient of a pair.</summary>
    ReadOnlySpan<T> Change(int pair);

    /// <summary>y.s of a pair.</summary>
    double Product(int pair);
}

/// <summary>The inverse Hessian that pairs make (Liu and Nocedal 1989).</summary>
internal static class InverseHessian
{
    /// <summary><c>d = H d</c>, by the two-loop recursion.</summary>
    public static void Multiply<T>(IPairs<T> pairs, Span<T> d, int threads)
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
