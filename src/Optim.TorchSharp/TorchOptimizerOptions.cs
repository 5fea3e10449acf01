namespace Optim.TorchSharp;

/// <summary>How a <see cref="TorchOptimizer"/> takes a module.</summary>
public sealed record TorchOptimizerOptions
{
    /// <summary>What becomes of a parameter without a gradient. Default <see cref="TorchSharp.MissingGradient.Skip"/>: it is left out, as in PyTorch.</summary>
    public MissingGradient MissingGradient { get; init; }

    /// <summary>Which parameters are the optimizer's, by their names in the module. Null, the default: those that require a gradient, and those that come to require one, from then on.</summary>
    public TensorSelector? Tensors { get; init; }

    /// <summary>The maximum number of threads per step, 1 or more; null, the default, for as many as TorchSharp uses (<c>torch.get_num_threads()</c>).</summary>
    public int? MaxThreads { get; init; }

    /// <summary>What does the arithmetic. Default <see cref="Backend.Simd"/>.</summary>
    public Backend Backend { get; init; }
}
