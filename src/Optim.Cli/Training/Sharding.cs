using Optim.Distributed;
using Optim.Networks;

namespace Optim.Cli.Training;

/// <summary>Batches in shards: who computes them, and who keeps the optimizer's state.</summary>
/// <param name="Ranks">The ranks.</param>
/// <param name="Shards">The number of shards of a batch.</param>
/// <param name="DividesStates">Whether each rank keeps a part of the state alone.</param>
/// <param name="Dropout">From the step count and a shard to the random numbers of its dropout.</param>
internal sealed record Sharding(ICommunicator Ranks, int Shards, bool DividesStates, Func<long, int, SeededRandom> Dropout);
