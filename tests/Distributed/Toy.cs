using Optim.CSharp;

namespace Optim.Distributed.Tests;

/// <summary>A small training on several ranks: weights drawn to the mean of a batch's numbers.</summary>
internal sealed class Toy : IDisposable
{
    public const int Length = 20_000, Items = 48, BatchSize = 8;

    private readonly Parameter<float> weights = Parameter.Of("weights", [.. Enumerable.Range(0, Length).Select(i => MathF.Sin(i))], Length);
    private readonly InPlaceOptimizer<float>? whole;

    public Toy(ICommunicator ranks, bool divided)
    {
        Ranks = ranks;
        Rule rule = new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = 0.01 });
        Divided = divided ? new ShardedOptimizer<float>(ranks, rule, [weights]) { MaxThreads = 1 } : null;
        whole = divided ? null : new InPlaceOptimizer<float>(rule, [weights]) { MaxThreads = 1 };
    }

    public ICommunicator Ranks { get; }

    public ShardedOptimizer<float>? Divided { get; }

    public ITrainedOptimizer<float> Optimizer => (ITrainedOptimizer<float>?)Divided ?? whole!;

    public float[] Weights => weights.Values.ToArray();

    public Func<int, IEnumerable<IReadOnlyList<int>>> Batches { get; } = new BatchLoader<int>([.. Enumerable.Range(0, Items)], BatchSize).Epoch;

    public double Objective(IReadOnlyList<int> items)
    {
        float mean = (float)items.Average(), loss = 0;
        for (int i = 0; i < Length; i++)
        {
            float off = weights.Values.Span[i] - (mean / Items);
            weights.Gradient.Span[i] = 2 * off;
            loss += off * off;
        }

        return loss;
    }

    public Trainer<float, IReadOnlyList<int>> Trainer(Func<IReadOnlyList<int>, double>? objective = null, params ITrainingCallback[] callbacks) =>
        new(Optimizer, objective ?? Objective) { Options = new() { Epochs = 2, TrackBest = false }, Callbacks = callbacks };

    public TrainingCheckpoint<float> Checkpoint(TrainingPosition? position = null) => new(Optimizer.Snapshot(), position ?? TrainingPosition.Start, null);

    public void SaveTo(ShardedCheckpointFolder<float> folder) => folder.SaveAsync(Checkpoint()).AsTask().GetAwaiter().GetResult();

    /// <summary>Some steps, as every rank takes them.</summary>
    public Toy Stepped(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            Divided!.Step(Divided.Evaluate(Items, (start, count) => Objective([.. Enumerable.Range(start, count)])));
        }

        return this;
    }

    public void Dispose()
    {
        Divided?.Dispose();
        whole?.Dispose();
    }
}
