// An application cut down to what it calls (PublishTrimmed, TrimMode=full): steps, files and training are as they were before.
using Optim;
using Optim.CSharp;

string folder = Directory.CreateTempSubdirectory("optim-trimming-").FullName;
try
{
    Expect("A state comes back from a file, rule and bits", FromAFileAsItWas(Path.Combine(folder, "run.safetensors")));
    Expect("In place, the bits of the core", InPlaceAsInTheCore());
    Expect("A training resumed from its folder ends in the same bits", ResumedAsUncut(Path.Combine(folder, "training")));
    Expect("The loss falls", Trained(folder: null, epochs: 40).Best < 0.1);
}
finally
{
    Directory.Delete(folder, recursive: true);
}

return 0;

static void Expect(string what, bool holds)
{
    Console.WriteLine($"{(holds ? "ok    " : "BROKEN")} {what}");
    if (!holds)
    {
        throw new InvalidOperationException($"In the trimmed application this does not hold: {what}.");
    }
}

// A chain, groups, schedules, a wrapper: what a file must rebuild by name.
static Rule ARule() =>
    new Accumulate(
        new ClipByGlobalNorm(1)
            .Then(new AdamW { LearningRate = Schedule.WarmupCosine(3e-2, 5, 60), Beta1 = Schedule.OneCycle(3e-3, 60).Momentum(), WeightDecay = 0.1 })
            .NoDecayOn("*.bias"),
        steps: 2);

static TensorSet<double> Start() => TensorSet.OfTensors(
    Tensor.OfSpan<double>(new("layer.weight", 2, 3), [1, -2, 3, -4, 5, -6]),
    Tensor.OfSpan<double>(new("layer.bias", 3), [0.5, 0.25, 0]));

static OptimizerState<double> Walk(OptimizerState<double> state, int steps)
{
    for (int i = 0; i < steps; i++)
    {
        (state, _) = Optimizer.Step(state.Donate(), state.Parameters.Scale(2));
    }

    return state;
}

static bool FromAFileAsItWas(string path)
{
    var half = Walk(Optimizer.Init(ARule(), Start()), 15);
    Checkpoint.Save(path, half);
    var loaded = Checkpoint.Load<double>(path);
    return loaded.Equals(half) && loaded.Rule.Equals(half.Rule) && Walk(loaded, 15).Equals(Walk(Optimizer.Init(ARule(), Start()), 30));
}

static bool InPlaceAsInTheCore()
{
    var weights = Parameter.Of("layer.weight", new double[] { 1, -2, 3, -4, 5, -6 }, 2, 3);
    var bias = Parameter.Of("layer.bias", new double[] { 0.5, 0.25, 0 });
    using var optimizer = InPlaceOptimizer.Create(ARule(), weights, bias);
    for (int i = 0; i < 30; i++)
    {
        foreach (var parameter in new[] { weights, bias })
        {
            for (int j = 0; j < parameter.Values.Length; j++)
            {
                parameter.Gradient.Span[j] = 2 * parameter.Values.Span[j];
            }
        }

        optimizer.Step();
    }

    return optimizer.Snapshot().Equals(Walk(Optimizer.Init(ARule(), Start()), 30));
}

static bool ResumedAsUncut(string folder)
{
    Trained(folder, epochs: 2);
    return Trained(folder, epochs: 4).State.Equals(Trained(folder: null, epochs: 4).State);
}

// Fits y = 2 x - 1 by mini-batches; goes on from what the folder holds.
static (OptimizerState<float> State, double Best) Trained(string? folder, int epochs)
{
    float[] examples = [.. Enumerable.Range(0, 30).Select(i => (i - 15) / 15f)];
    var slope = Parameter.Of("slope", new float[1]);
    var bias = Parameter.Of("bias", new float[1]);
    using var optimizer = OptimizerBuilder.For(new AdamW { WeightDecay = 0.01 })
        .WithLearningRate(Schedule.WarmupCosine(1e-1, 10, 200))
        .WithoutDecayOn("bias")
        .Build([slope, bias]);

    var files = folder is null ? null : new TrainingCheckpointFolder<float>(folder);
    var trainer = new Trainer<float, IReadOnlyList<float>>(optimizer, LossAndGradient)
    {
        Options = new() { Epochs = epochs, CheckpointEvery = files is null ? null : 3 },
        Checkpoint = files is null ? null : files.SaveAsync,
    };
    if (files?.LoadLatest() is { } last)
    {
        trainer.Resume(last);
    }

    var result = trainer.Run(new BatchLoader<float>(examples, batchSize: 8).Epoch);
    return (optimizer.Snapshot(), result.BestLoss);

    double LossAndGradient(IReadOnlyList<float> batch)
    {
        optimizer.ClearGradients();
        double loss = 0;
        foreach (float x in batch)
        {
            float error = (slope.Values.Span[0] * x) + bias.Values.Span[0] - ((2 * x) - 1);
            slope.Gradient.Span[0] += error * x / batch.Count;
            bias.Gradient.Span[0] += error / batch.Count;
            loss += error * error / (2 * batch.Count);
        }

        return loss;
    }
}
