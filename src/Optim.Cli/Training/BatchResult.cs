using System.Numerics;

namespace Optim.Cli.Training;

/// <summary>The result of a training batch besides its gradient.</summary>
/// <param name="Loss">The mean loss, plus the weight penalty if the loss has one.</param>
/// <param name="Correct">The number of correctly classified examples.</param>
/// <param name="Statistics">The network's updated statistics.</param>
internal sealed record BatchResult<T>(double Loss, int Correct, TensorSet<T> Statistics)
    where T : unmanaged, IFloatingPointIeee754<T>;
