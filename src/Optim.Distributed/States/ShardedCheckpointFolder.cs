using System.Globalization;
using System.Numerics;
using Optim.CSharp;

namespace Optim.Distributed;

/// <summary>
/// Checkpoints of a divided state: every rank writes its part, then the first a manifest, <c>step-0000000120.json</c>, which makes them a checkpoint. At whatever instant a rank or the job dies, the last manifest's parts are whole; it is resumed by
/// any number of ranks.
/// </summary>
/// <remarks>
/// The folder is one that all ranks see. Parts have names that no later save uses again; those that no manifest names, and temporary files of processes that were killed, are removed at the next save. Every rank makes the same calls.
/// <code>
/// var folder = new ShardedCheckpointFolder&lt;float&gt;(ranks, "run");
/// folder.LoadLatest(optimizer) is { } checkpoint ...
/// </code>
/// The format is in docs/checkpoints.md.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class ShardedCheckpointFolder<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ICommunicator ranks;
    private readonly ShardedOptimizer<T> optimizer;
    private readonly ShardedFiles files;
    private readonly HashSet<long> damaged = [];

    /// <summary>Refers to a folder. Nothing is created or removed until something is saved.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="optimizer">The optimizer whose checkpoints they are.</param>
    /// <param name="path">The folder.</param>
    /// <param name="keep">How many of the latest checkpoints are kept; 1 or more. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="keep"/> is less than 1.</exception>
    public ShardedCheckpointFolder(ICommunicator communicator, ShardedOptimizer<T> optimizer, string path, int keep = 3)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        (ranks, this.optimizer, files, Folder, Keep) = (communicator, optimizer, new(path), path, keep);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>How many checkpoints are kept.</summary>
    public int Keep { get; }

    /// <summary>The manifests in the folder, the earliest step first.</summary>
    public IReadOnlyList<string> Manifests => Array.AsReadOnly<string>([.. files.Steps.Select(files.ManifestOf)]);

    /// <summary>Saves a checkpoint together with the other ranks; assign it to <see cref="Trainer{T, TBatch}.Checkpoint"/>.</summary>
    /// <param name="checkpoint">This rank's part of it.</param>
    /// <param name="cancellation">Not asked: a rank that gave up would leave the others waiting.</param>
    /// <exception cref="ArgumentException">The rule cannot be serialized, or the folder has a later step that is whole: a damaged one counts for nothing.</exception>
    /// <exception cref="IOException">The disk is full or fails; the checkpoints that are there stay.</exception>
    /// <exception cref="RankFailedException">Another rank could not save its part; the checkpoints that are there stay.</exception>
    public ValueTask SaveAsync(TrainingCheckpoint<T> checkpoint, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        long step = checkpoint.State.StepCount;
        Agreement.All(ranks, () =>
        {
            RequireLatest(step, nameof(checkpoint));
            return Directory.CreateDirectory(Folder);
        });
        string save = NewName(step), best = checkpoint.Best is null ? "" : save + ".best";

        // All parts are on disk before the manifest names them; where one is not, no rank goes on to write it.
        Agreement.All(ranks, () => SaveParts(checkpoint, save, best));

        // Nobody goes on, nor dies believing that it has saved, before the manifest is there.
        Agreement.All(ranks, () => ranks.Rank == 0 && Complete(step, save, best));
        damaged.Remove(step);
        if (ranks.Rank == 0)
        {
            files.RemoveOld(step, Keep, damaged.Contains);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The checkpoint of the latest step, this rank's part of it, whatever number of ranks has saved it. One that is damaged is passed over for the latest that is whole.</summary>
    /// <param name="ownRules">One instance of each rule type of your own; see <see cref="Optim.Checkpoint.Load{T}"/>.</param>
    /// <returns>The checkpoint; null if there is none.</returns>
    /// <exception cref="CheckpointException">All checkpoints are damaged, the message says how the latest is; or it is of another model or rule.</exception>
    /// <exception cref="RankFailedException">Another rank found it so.</exception>
    public TrainingCheckpoint<T>? LoadLatest(IReadOnlyList<Rule>? ownRules = null)
    {
        // What the first rank sees is what all load: a folder on a network may show them different files.
        var steps = new Queue<long>(Agreement.All(ranks, () => ranks.Rank == 0 ? files.Steps.Reverse() : []));
        Exception? own = null;
        while (true)
        {
            Span<long> step = [steps.TryDequeue(out long next) ? next : -1];
            ranks.Broadcast(step);
            if (step[0] < 0)
            {
                // Each rank knows what it has found wrong itself, at the latest first; another tells of it where that is nothing.
                Agreement.Require(ranks, own);
                return own is null ? null : throw own;
            }

            long tried = step[0];
            var (checkpoint, damage) = Agreement.All(ranks, () => Read(tried, ownRules));
            own ??= damage;
            if (Agreement.Least(ranks, damage is null ? 1 : 0) == 1)
            {
                damaged.Remove(tried);
                return checkpoint;
            }

            damaged.Add(tried);
        }
    }

    /// <exception cref="ArgumentException">There is a later step. One that is damaged was passed over, and is no reason not to go on from the one before.</exception>
    private void RequireLatest(long step, string name)
    {
        foreach (long later in files.Steps.Reverse().TakeWhile(later => later > step))
        {
            if (!damaged.Contains(later) && files.IsWhole(later, contents: true))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"{name} must be of the latest step in the folder or a later one, was of step {step}, and there is {files.ManifestOf(later)}. Use another folder, or remove the later checkpoints."), name);
            }

            damaged.Add(later);
        }
    }

    private bool SaveParts(TrainingCheckpoint<T> checkpoint, string save, string best)
    {
        Optim.Checkpoint.Save(
            files.PartOf(save, ranks.Rank, ranks.Size), checkpoint.State, saveRule: true, TrainingNotes.Of(checkpoint.Position).With(checkpoint.Model), checkpoint.Model?.Tensors);
        if (checkpoint.Best is not null)
        {
            Optim.Checkpoint.Save(
                files.PartOf(best, ranks.Rank, ranks.Size), checkpoint.Best, saveRule: true, new Dictionary<string, string>(StringComparer.Ordinal).With(checkpoint.BestModel), checkpoint.BestModel?.Tensors);
        }

        return true;
    }

    private bool Complete(long step, string save, string best)
    {
        new CheckpointManifest(step, optimizer.Layout, optimizer.Partition.Ends, save, best).Write(files.ManifestOf(step));
        return true;
    }

    /// <summary>This rank's part of a checkpoint, or what is damaged. What is whole and of another model ends the search: an earlier one would be of it, too.</summary>
    private (TrainingCheckpoint<T>? Checkpoint, Exception? Damage) Read(long step, IReadOnlyList<Rule>? ownRules)
    {
        string path = files.ManifestOf(step);
        CheckpointManifest manifest;
        try
        {
            manifest = CheckpointManifest.Read(path, step);
        }
        catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException)
        {
            return (null, e as CheckpointException ?? new CheckpointException(path, $"it cannot be read: {e.Message}", inner: e));
        }

        if (!manifest.Layout.Equals(optimizer.Layout))
        {
            throw new CheckpointException(path, $"the parameters must be those of the optimizer: {optimizer.Layout}, were {manifest.Layout}.");
        }

        try
        {
            return (Read(path, manifest, ownRules), null);
        }
        catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException or ArgumentException or IndexOutOfRangeException or KeyNotFoundException)
        {
            return (null, e as CheckpointException ?? new CheckpointException(path, $"the parts that it names must be there and fit together: {e.Message}", inner: e));
        }
    }

    private TrainingCheckpoint<T> Read(string path, CheckpointManifest manifest, IReadOnlyList<Rule>? ownRules)
    {
        string first = files.PartOf(manifest.Save, 0, manifest.Ends.Count);
        var notes = Optim.Checkpoint.Notes(first);
        return new(Loaded(path, manifest, manifest.Save, ownRules), TrainingNotes.Position(first, notes), manifest.Best.Length == 0 ? null : Loaded(path, manifest, manifest.Best, ownRules))
        {
            Model = TrainingNotes.Model<T>(first, notes),
            BestModel = manifest.Best.Length == 0 ? null : BestModel(files.PartOf(manifest.Best, 0, manifest.Ends.Count)),
        };

        static ModelState<T>? BestModel(string file) => TrainingNotes.Model<T>(file, Optim.Checkpoint.Notes(file));
    }

    private OptimizerState<T> Loaded(string path, CheckpointManifest manifest, string save, IReadOnlyList<Rule>? ownRules)
    {
        StatePartition before;
        try
        {
            before = optimizer.Partition.At(manifest.Ends);
        }
        catch (ArgumentException e)
        {
            throw new CheckpointException(path, $"the parts must be those of the optimizer's rule, {optimizer.Rule}. {e.Message}", inner: e);
        }

        return StateParts.Assembled(
            optimizer.Partition, ranks.Rank,
            Enumerable.Range(0, before.Count).Select(part => new StatePart<T>(before, part, Optim.Checkpoint.Load<T>(files.PartOf(save, part, before.Count), ownRules: ownRules))));
    }

    /// <summary>A name that no save has had, the same on every rank.</summary>
    private string NewName(long step)
    {
        Span<long> mark = [BitConverter.ToInt64(Guid.NewGuid().ToByteArray())];
        ranks.Broadcast(mark);
        return ShardedFiles.Name(step) + "." + mark[0].ToString("x16", CultureInfo.InvariantCulture);
    }
}
