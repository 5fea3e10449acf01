namespace Optim.TorchSharp;

/// <summary>What becomes of a parameter that has no gradient (<c>grad</c> is null) when a step is taken.</summary>
public enum MissingGradient
{
    /// <summary>It is left out, as in PyTorch: its values, its slots and its clock stay as they are, and it does not decay; see <see cref="Optimizer.StepWithout{T}"/>.</summary>
    Skip,

    /// <summary>Its gradient counts as 0: weight decay and momentum go on. The only one for rules that count their steps and work on whole tensors (LAMB, SOAP), as a parameter has no clock of its own in these.</summary>
    Zero,

    /// <summary>The step throws an <see cref="InvalidOperationException"/> that names it; nothing changes.</summary>
    Throw,
}
