using System.Numerics;
using Optim.Values;

namespace Optim.Networks;

/// <summary>How good a network is on some examples.</summary>
/// <param name="Loss">The mean loss, and the penalty on weights where the loss has one.</param>
/// <param name="Accuracy">The share of them whose highest score is their class's, in [0, 1].</param>
public sealed record Evaluation(double Loss, double Accuracy)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(Evaluation), PrintMembers);
}

/// <summary>What a batch says about a network: the mean loss, how many examples were recognised, the gradient of that loss, and the statistics after it.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="Loss">The mean loss, and the penalty on weights where the loss has one.</param>
/// <param name="Correct">Examples whose highest score was their class's.</param>
/// <param name="Gradient">The gradient of <paramref name="Loss"/> by the parameters.</param>
/// <param name="Statistics">The statistics after the batch.</param>
public sealed record Derivative<T>(double Loss, int Correct, TensorSet<T> Gradient, TensorSet<T> Statistics)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(Derivative<T>), PrintMembers);
}
