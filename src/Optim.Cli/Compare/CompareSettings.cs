namespace Optim.Cli.Compare;

/// <summary>What decides the numbers of a comparison, and with how many threads they are computed.</summary>
/// <param name="Contestants">The optimizers, each with the learning rate it is to use.</param>
/// <param name="Epochs">How often each digit or image is seen.</param>
/// <param name="BatchSize">Digits a step, for all but the optimizers that only work on full batches.</param>
/// <param name="Seed">Decides the held-out digits, the initial weights and the batches.</param>
/// <param name="Threads">How many optimizers train at the same time; the numbers do not depend on it.</param>
internal sealed record CompareSettings(IReadOnlyList<Contestant> Contestants, int Epochs, int BatchSize, long Seed, int Threads)
{
    /// <summary>What the optimizers are given.</summary>
    public ComparisonTask Task { get; init; } = ComparisonTask.SmallDigits;

    /// <summary>The digits a step that an optimizer is given.</summary>
    public int BatchSizeOf(Contestant contestant) => contestant.FullBatches ? Task.TrainingCount : BatchSize;

    public const int DefaultEpochs = 60, DefaultBatchSize = 32, DefaultSeed = 1, DefaultThreads = 1, ImageEpochs = 5, ImageBatchSize = 128;
}
