using System.Runtime.InteropServices;
using TorchSharp;

namespace Optim.TorchSharp;

/// <content>The whole state, as a value and in files.</content>
internal sealed partial class TorchEngine<T>
{
    public OptimizerState<T> Snapshot()
    {
        using var none = torch.no_grad();
        BindValues();
        return optimizer.Snapshot();
    }

    public void Load(OptimizerState<T> state)
    {
        using var none = torch.no_grad();
        BindValues();
        optimizer.Load(InOrder(state));
        WriteBack();
    }

    public void Save(string path, bool asTorch)
    {
        var state = Snapshot();
        if (asTorch)
        {
            TorchCheckpoint.Save(path, state);
        }
        else
        {
            Checkpoint.Save(path, state);
        }
    }

    public void Load(string path, Rule? torchRule, bool parametersToo)
    {
        var state = torchRule is null ? Checkpoint.Load<T>(path) : TorchCheckpoint.Load<T>(path, torchRule);
        if (!parametersToo)
        {
            state = InOrder(state);
            state = Optimizer.Restore(state.Rule, state.StepCount, Snapshot().Parameters, state.Slots, state.Scalars);
        }

        Load(state);
    }

    /// <summary>The state with its tensors in the optimizer's order, as a file may have another.</summary>
    private OptimizerState<T> InOrder(OptimizerState<T> state)
    {
        var (own, loaded) = (optimizer.Layout, state.Parameters.Layout);
        if (own.Equals(loaded) || own.Count != loaded.Count || own.Any(shape => loaded.IndexOf(shape.Name) < 0))
        {
            // Where names are missing, loading says which.
            return state;
        }

        return Optimizer.Restore(
            state.Rule, state.StepCount, Ordered(state.Parameters), state.Slots.ToDictionary(slot => slot.Key, slot => Ordered(slot.Value), StringComparer.Ordinal), state.Scalars);

        TensorSet<T> Ordered(TensorSet<T> set) => TensorSet.OfTensors([.. own.Select(shape => set[shape.Name])]);
    }
}
