using System.Numerics;
using Optim.Networks.Layers;
using Optim.Values;

namespace Optim.Networks;

/// <summary>The description of the loss of a <see cref="Network{T}"/>. The kinds: <see cref="SoftmaxCrossEntropy"/>, <see cref="MulticlassHinge"/>, <see cref="SquaredError"/>.</summary>
public abstract record Loss
{
    private protected Loss()
    {
    }

    /// <summary>The name and the members, numbers in the invariant culture.</summary>
    public sealed override string ToString() => InvariantText.Of(GetType().Name, PrintMembers);

    internal abstract LossFunction<T> Create<T>()
        where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary><c>log(sum(exp(z))) - z[label]</c>, in nats: the negative log-likelihood of the label under the softmax of the scores.</summary>
/// <remarks>Computed in double, and with the same bits on every machine.</remarks>
public sealed record SoftmaxCrossEntropy : Loss
{
    internal override LossFunction<T> Create<T>() => new SoftmaxCrossEntropy<T>();
}

/// <summary>
/// <c>sum over j != label of max(0, 1 + z[j] - z[label])</c>, and <c>penalty / 2</c> times the sum of the squared weights: the support vector machine for several
/// classes of Weston and Watkins (1999).
/// </summary>
public sealed record MulticlassHinge : Loss
{
    /// <summary>The hinge.</summary>
    /// <param name="penalty">The factor of the squared weights, finite and 0 or more.</param>
    public MulticlassHinge(double penalty = 0) => Penalty = penalty;

    /// <summary>The factor of the squared weights, finite and 0 or more; biases are not penalised. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public double Penalty
    {
        get;
        init => field = value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Penalty), FormattableString.Invariant($"{nameof(Penalty)} must be finite and 0 or more, was {value}."));
    }

    internal override LossFunction<T> Create<T>() => new MulticlassHinge<T>(Penalty);
}

/// <summary>
/// <c>(z - y)^2</c>, for a number to predict (<see cref="Batch{T}.Targets"/>): the network has one output. Nothing is classified: <see cref="Derivative{T}.Correct"/> is 0, and
/// <see cref="Evaluation.Accuracy"/> NaN.
/// </summary>
public sealed record SquaredError : Loss
{
    internal override LossFunction<T> Create<T>() => new SquaredError<T>();
}
