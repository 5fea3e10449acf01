using System.Numerics;

namespace Optim.TorchSharp;

/// <content>The state, as a value and in files.</content>
public sealed partial class TorchOptimizer
{
    /// <summary>Everything as an immutable state, parameters included, for saving, comparing, or going on with <see cref="Optimizer.Step{T}"/>. Later steps do not change it.</summary>
    /// <typeparam name="T">The type that the optimizer computes in: <see cref="float"/>, or <see cref="double"/> where a parameter was float64 when it was made.</typeparam>
    /// <exception cref="InvalidOperationException">It computes in the other type.</exception>
    public OptimizerState<T> state<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Of<T>().Snapshot();

    /// <summary>Continues from a state: its rule, step counter, slots, scalars and parameters, which are written into the module.</summary>
    /// <typeparam name="T">The type that the optimizer computes in.</typeparam>
    /// <param name="state">The state; it stays valid.</param>
    /// <exception cref="ArgumentException">The state has other parameters; the message names the first.</exception>
    /// <exception cref="InvalidOperationException">The optimizer computes in the other type.</exception>
    public void load<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        Of<T>().Load(state);
        rates = null;
    }

    /// <summary>Saves rule, step, parameters (masters in full precision), slots and scalars as one safetensors file, replaced atomically.</summary>
    /// <param name="location">The file; its folder exists.</param>
    /// <param name="as_torch">False, the default: a <see cref="Checkpoint"/>, from which a run resumes to the bit. True: PyTorch's keys and no rule (<see cref="TorchCheckpoint"/>).</param>
    /// <exception cref="IOException">The disk is full or fails; the old file is unchanged.</exception>
    public void save_state_dict(string location, bool as_torch = false) => engine.Save(location, as_torch);

    /// <summary>Continues from a <see cref="Checkpoint"/>, to the bit: rule, step, slots, scalars and parameters.</summary>
    /// <param name="location">The file.</param>
    /// <param name="parameters">Whether the parameters, too, are the file's. Default true; if false, the module keeps those it has.</param>
    /// <exception cref="CheckpointException">The file is invalid.</exception>
    /// <exception cref="ArgumentException">It has other parameters than the module.</exception>
    public void load_state_dict(string location, bool parameters = true) => Load(location, null, parameters);

    /// <summary>Continues from a file with PyTorch's keys.</summary>
    /// <param name="location">The file; docs/checkpoints.md has the Python code that writes one.</param>
    /// <param name="torch_rule">The rule that corresponds to PyTorch's optimizer; null, the default, for the rule that this optimizer has.</param>
    /// <param name="parameters">Whether the parameters, too, are the file's. Default true.</param>
    /// <exception cref="CheckpointException">The file is invalid, or has not exactly the rule's slots.</exception>
    /// <exception cref="ArgumentException">It has other parameters than the module.</exception>
    public void load_torch_state_dict(string location, Rule? torch_rule = null, bool parameters = true) => Load(location, torch_rule ?? rule, parameters);

    private void Load(string location, Rule? torchRule, bool parameters)
    {
        engine.Load(location, torchRule, parameters);
        rates = null;
    }

    private TorchEngine<T> Of<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => engine as TorchEngine<T> ?? throw new InvalidOperationException(
            $"This optimizer computes in {(engine is TorchEngine<double> ? "double" : "float")}, and was asked for its state in {(typeof(T) == typeof(double) ? "double" : "float")}.");
}
