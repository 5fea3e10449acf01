using Optim.Cli.Train;

namespace Optim.Cli.Compare;

/// <summary>The settings that determine the results of a comparison, and the number of threads.</summary>
/// <param name="Contestants">The optimizers, each with its learning rate.</param>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="BatchSize">The batch size, except for optimizers that require full batches.</param>
/// <param name="Seed">Determines what is held out, for all seeds, and the first run's initial weights and batches.</param>
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

    /// <summary>
    /// The backend of the training, and of the tuning before it. On the digits never one of native code, which adds up in an order of its own: the figures are those of every machine.
    /// </summary>
    public Backend Backend => Task.Images is null ? Backend.Simd : ImageComparison.SettingsOf(this, Contestants[0]).Backend;

    /// <summary>Makes it MathNet's, on one thread: threads go to optimizers or to pieces of a batch, never into a product of matrices.</summary>
    public void UseBackend() => TrainData.UseBackend(Backend);

    public const int DefaultEpochs = 60, DefaultBatchSize = 32, DefaultSeed = 1, DefaultThreads = 1, ImageEpochs = 5, ImageBatchSize = 128;
}
