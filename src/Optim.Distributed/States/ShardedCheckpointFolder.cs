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
    private const string Prefix = "step-", PartMark = ".part-", Ending = ".safetensors";

    private readonly ICommunicator ranks;
    private readonly ShardedOptimizer<T> optimizer;

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
        (ranks, this.optimizer, Folder, Keep) = (communicator, optimizer, path, keep);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>How many checkpoints are kept.</summary>
    public int Keep { get; }

    /// <summary>The manifests in the folder, the earliest step first.</summary>
    public IReadOnlyList<string> Manifests => Directory.Exists(Folder)
        ? Array.AsReadOnly<string>([.. Directory.EnumerateFiles(Folder, Prefix + "*.json").Where(path => StepOf(path) is not null).OrderBy(StepOf)])
        : [];

    /// <summary>Saves a checkpoint together with the other ranks; assign it to <see cref="Trainer{T, TBatch}.Checkpoint"/>.</summary>
    /// <param name="checkpoint">This rank's part of it.</param>
    /// <param name="cancellation">Not asked: a rank that gave up would leave the others waiting.</param>
    /// <exception cref="ArgumentException">The rule cannot be serialized, or the folder has a later step.</exception>
    /// <exception cref="IOException">The disk is full or fails; the checkpoints that are there stay.</exception>
    /// <exception cref="RankFailedException">Another rank could not save its part; the checkpoints that are there stay.</exception>
    public ValueTask SaveAsync(TrainingCheckpoint<T> checkpoint, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        long step = checkpoint.State.StepCount;
        Agreement.All(ranks, () => Manifests is [.., var latest] && StepOf(latest) > step
            ? throw new ArgumentException(
                FormattableString.Invariant($"{nameof(checkpoint)} must be of the latest step in the folder or a later one, was of step {step}, and there is {latest}. Use another folder, or remove the later checkpoints."), nameof(checkpoint))
            : Directory.CreateDirectory(Folder));
        string save = NewName(step), best = checkpoint.Best is null ? "" : save + ".best";

        // All parts are on disk before the manifest names them; where one is not, no rank goes on to write it.
        Agreement.All(ranks, () => SaveParts(checkpoint, save, best));

        // Nobody goes on, nor dies believing that it has saved, before the manifest is there.
        Agreement.All(ranks, () => ranks.Rank == 0 && Complete(step, save, best));
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
        var (steps, own) = (new Queue<long>(ranks.Rank == 0 ? Manifests.Reverse().Select(path => StepOf(path)!.Value) : []), (Exception?)null);
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

            var (checkpoint, damage) = Read(step[0], ownRules);
            own ??= damage;
            if (Agreement.Least(ranks, damage is null ? 1 : 0) == 1)
            {
                return checkpoint;
            }
        }
    }

    private static long? StepOf(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : null;

    private static string Name(long step) => Prefix + step.ToString("D10", CultureInfo.InvariantCulture);

    private bool SaveParts(TrainingCheckpoint<T> checkpoint, string save, string best)
    {
        Optim.Checkpoint.Save(
            PartOf(save, ranks.Rank, ranks.Size), checkpoint.State, saveRule: true, TrainingNotes.Of(checkpoint.Position).With(checkpoint.Model), checkpoint.Model?.Tensors);
        if (checkpoint.Best is not null)
        {
            Optim.Checkpoint.Save(
                PartOf(best, ranks.Rank, ranks.Size), checkpoint.Best, saveRule: true, new Dictionary<string, string>(StringComparer.Ordinal).With(checkpoint.BestModel), checkpoint.BestModel?.Tensors);
        }

        return true;
    }

    private bool Complete(long step, string save, string best)
    {
        new CheckpointManifest(step, optimizer.Layout, optimizer.Partition.Ends, save, best).Write(Path.Combine(Folder, Name(step) + ".json"));
        RemoveOld();
        return true;
    }

    /// <summary>This rank's part of a checkpoint, or what is damaged. What is whole and of another model ends the search: an earlier one would be of it, too.</summary>
    private (TrainingCheckpoint<T>? Checkpoint, Exception? Damage) Read(long step, IReadOnlyList<Rule>? ownRules)
    {
        string path = Path.Combine(Folder, Name(step) + ".json");
        CheckpointManifest? manifest = null;
        Exception? damage = null;
        try
        {
            manifest = CheckpointManifest.Read(path);
        }
        catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException)
        {
            damage = e as CheckpointException ?? new CheckpointException(path, $"it cannot be read: {e.Message}", inner: e);
        }

        Agreement.All(ranks, () => manifest is null || manifest.Layout.Equals(optimizer.Layout)
            ? true
            : throw new CheckpointException(path, $"the parameters must be those of the optimizer: {optimizer.Layout}, were {manifest.Layout}."));
        try
        {
            return manifest is null ? (null, damage) : (Read(path, manifest, ownRules), null);
        }
        catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException or ArgumentException or IndexOutOfRangeException or KeyNotFoundException)
        {
            return (null, e as CheckpointException ?? new CheckpointException(path, $"the parts that it names must be there and fit together: {e.Message}", inner: e));
        }
    }

    private TrainingCheckpoint<T> Read(string path, CheckpointManifest manifest, IReadOnlyList<Rule>? ownRules)
    {
        string first = PartOf(manifest.Save, 0, manifest.Ends.Count);
        var notes = Optim.Checkpoint.Notes(first);
        return new(Loaded(path, manifest, manifest.Save, ownRules), TrainingNotes.Position(first, notes), manifest.Best.Length == 0 ? null : Loaded(path, manifest, manifest.Best, ownRules))
        {
            Model = TrainingNotes.Model<T>(first, notes),
            BestModel = manifest.Best.Length == 0 ? null : BestModel(PartOf(manifest.Best, 0, manifest.Ends.Count)),
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
            Enumerable.Range(0, before.Count).Select(part => new StatePart<T>(before, part, Optim.Checkpoint.Load<T>(PartOf(save, part, before.Count), ownRules: ownRules))));
    }

    /// <summary>A name that no save has had, the same on every rank.</summary>
    private string NewName(long step)
    {
        Span<long> mark = [BitConverter.ToInt64(Guid.NewGuid().ToByteArray())];
        ranks.Broadcast(mark);
        return Name(step) + "." + mark[0].ToString("x16", CultureInfo.InvariantCulture);
    }

    private string PartOf(string save, int part, int parts) =>
        Path.Combine(Folder, FormattableString.Invariant($"{save}{PartMark}{part}-of-{parts}{Ending}"));

    /// <summary>
    /// Removes what is older than the checkpoints that are kept, and the parts that no manifest names, those of saves that were cut off too. A damaged manifest counts for nothing; it is kept with its parts while there is an older one that is kept.
    /// </summary>
    private void RemoveOld()
    {
        var kept = new HashSet<string>(StringComparer.Ordinal);
        int whole = 0;
        foreach (string path in Manifests.Reverse())
        {
            if (whole == Keep)
            {
                File.Delete(path);
                continue;
            }

            try
            {
                var manifest = CheckpointManifest.Read(path);
                kept.UnionWith([manifest.Save, manifest.Best]);
                whole++;
            }
            catch (CheckpointException)
            {
                kept.UnionWith(PartFiles(Name(StepOf(path)!.Value) + ".").Select(SaveOf));
            }
        }

        foreach (string file in PartFiles(Prefix).Where(file => !kept.Contains(SaveOf(file))))
        {
            File.Delete(file);
        }

        // All ranks have written theirs: what is left over is of processes that were killed.
        AtomicFile.RemoveStale(Folder, Prefix);
    }

    private List<string> PartFiles(string beginning) => [.. Directory.EnumerateFiles(Folder, $"{beginning}*{PartMark}*{Ending}")];

    private static string SaveOf(string file) => Path.GetFileName(file) is var name ? name[..name.IndexOf(PartMark, StringComparison.Ordinal)] : "";
}
