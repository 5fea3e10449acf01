namespace Optim;

/// <summary>The last changes of the gradient and the steps that led to them, from the oldest.</summary>
internal interface ICurvaturePairs<T>
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
