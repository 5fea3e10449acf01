using System.Numerics;
using Optim.Values;

namespace Optim.Networks;

/// <summary>A network's loss and accuracy on some examples.</summary>
/// <param name="Loss">The mean loss, plus the weight penalty if the loss has one.</param>
/// <param name="Accuracy">The fraction classified correctly, in [0, 1]; NaN for a number to predict.</param>
public sealed record Evaluation(double Loss, double Accuracy)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(Evaluation), PrintMembers);
}

/// <summary>The result of a training batch: the mean loss, the number of correctly classified examples, the gradient, and the updated statistics.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="Loss">The mean loss, plus the weight penalty if the loss has one.</param>
/// <param name="Correct">The number of correctly classified examples.</param>
/// <param name="Gradient">The gradient of <paramref name="Loss"/> with respect to the parameters.</param>
/// <param name="Statistics">The updated statistics.</param>
public sealed record Derivative<T>(double Loss, int Correct, TensorSet<T> Gradient, TensorSet<T> Statistics)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(Derivative<T>), PrintMembers);
}
