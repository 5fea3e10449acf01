namespace Optim.Cli.Compare;

/// <summary>The settings that determine the results of a comparison, and the number of threads.</summary>
/// <param name="Contestants">The optimizers, each with its learning rate.</param>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="BatchSize">The batch size, except for optimizers that require full batches.</param>
/// <param name="Seed">Determines the held-out digits, the initial weights and the batches.</param>
/// <param name="Threads">The number of optimizers trained in parallel; results do not depend on it.</param>
internal sealed record CompareSettings(IReadOnlyList<Contestant> Contestants, int Epochs, int BatchSize, long Seed, int Threads)
{
    /// <summary>The task.</summary>
    public ComparisonTask Task { get; init; } = ComparisonTask.SmallDigits;

    /// <summary>The number of seeds, from <see cref="Seed"/> on.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>The trials in which each optimizer's learning rate was found; 0 for the usual rates.</summary>
    public int Tune { get; init; }

    /// <summary>An optimizer's batch size.</summary>
    public int BatchSizeOf(Contestant contestant) => contestant.FullBatches ? Task.TrainingCount : BatchSize;

    public const int DefaultEpochs = 60, DefaultBatchSize = 32, DefaultSeed = 1, DefaultThreads = 1, ImageEpochs = 5, ImageBatchSize = 128;
}
