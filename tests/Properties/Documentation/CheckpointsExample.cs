using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>The C# of docs/checkpoints.md.</summary>
public class CheckpointsExample
{
    [Fact]
    public void Saving_and_resuming()
    {
        var state = Optimizer.Init(new Adam(), TensorSet.OfArray([1.0, 2])).Step(TensorSet.OfArray([1.0, 2])).Item1;
        Checkpoint.Save("run.safetensors", state);
        var resumed = Checkpoint.Load<double>("run.safetensors");          // equal to the state, to the bit
        Assert.Equal(state, resumed);
    }

    [Fact]
    public void PyTorch_in_and_out()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "torch", "adam.safetensors"), "training.safetensors", overwrite: true);
        var state = TorchCheckpoint.Load<double>("training.safetensors", new AdamW { LearningRate = 1e-3 });
        TorchCheckpoint.Save("back.safetensors", state);
        Assert.Equal(7, state.StepCount);
        Assert.Equal(state, TorchCheckpoint.Load<double>("back.safetensors", state.Rule));
    }
}
