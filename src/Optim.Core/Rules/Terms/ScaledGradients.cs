namespace Optim;

/// <summary>What rules say of themselves that look at a gradient which must not have a scale on it.</summary>
internal static class ScaledGradients
{
    /// <summary>See <see cref="Composition.KeepsScaledGradientsOut"/>.</summary>
    public const string KeepOut = $"it would see gradients that the scale has not been divided out of; put {nameof(DynamicLossScaling)} around";

    /// <summary>See <see cref="Composition.KeepsScaledGradientsOut"/>: of guards.</summary>
    public const string KeepOverflowIn = $"it would skip or take back the overflow that the scale is to shrink by; put {nameof(DynamicLossScaling)} around";

    /// <summary>See <see cref="Composition.KeepsScaledGradientsOut"/>: of rules that let another see some tensors alone.</summary>
    public const string KeepWhole = $"the loss has one scale, which must be divided out of the gradients of all tensors; put {nameof(DynamicLossScaling)} around";
}
