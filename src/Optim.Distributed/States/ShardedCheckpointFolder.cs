using System.Globalization;
using System.Numerics;
using Optim.CSharp;

namespace Optim.Distributed;

/// <summary>
/// Checkpoints of a divided state: every rank writes its part, then the first a manifest, <c>step-0000000120.json</c>, which makes them a checkpoint. At whatever instant a rank or the job dies, the last manifest's parts are whole; it is resumed by
/// any number of ranks.
/// </summary>
/// <remarks>
/// The folder is one that all ranks see. Parts have names that no later save uses again; those that no manifest names are removed at the next save. Every rank makes the same calls.
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
    public ValueTask SaveAsync(TrainingCheckpoint<T> checkpoint, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        long step = checkpoint.State.StepCount;
        if (Manifests is [.., var latest] && StepOf(latest) > step)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{nameof(checkpoint)} must be of the latest step in the folder or a later one, was of step {step}, and there is {latest}. Use another folder, or remove the later checkpoints."), nameof(checkpoint));
        }

        Directory.CreateDirectory(Folder);
        string save = NewName(step), best = checkpoint.Best is null ? "" : save + ".best";
        Optim.Checkpoint.Save(
            PartOf(save, ranks.Rank, ranks.Size), checkpoint.State, saveRule: true, TrainingNotes.Of(checkpoint.Position).With(checkpoint.Model), checkpoint.Model?.Tensors);
        if (checkpoint.Best is not null)
        {
            Optim.Checkpoint.Save(
                PartOf(best, ranks.Rank, ranks.Size), checkpoint.Best, saveRule: true, new Dictionary<string, string>(StringComparer.Ordinal).With(checkpoint.BestModel), checkpoint.BestModel?.Tensors);
        }

        // All parts are on disk before the manifest names them.
        ranks.Barrier();
        if (ranks.Rank == 0)
        {
            new CheckpointManifest(step, optimizer.Layout, optimizer.Partition.Ends, save, best).Write(Path.Combine(Folder, Name(step) + ".json"));
            RemoveOld();
        }

        // Nobody goes on, nor dies believing that it has saved, before the manifest is there.
        ranks.Barrier();
        return ValueTask.CompletedTask;
    }

    /// <summary>The checkpoint of the latest step, this rank's part of it, whatever number of ranks has saved it.</summary>
    /// <param name="ownRules">One instance of each rule type of your own; see <see cref="Optim.Checkpoint.Load{T}"/>.</param>
    /// <returns>The checkpoint; null if there is none.</returns>
    /// <exception cref="CheckpointException">A file is invalid, is missing, or is of another model.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public TrainingCheckpoint<T>? LoadLatest(IReadOnlyList<Rule>? ownRules = null)
    {
        // What the first rank sees is what all load: a folder on a network may show them different files.
        Span<long> step = [Manifests is [.., var latest] ? StepOf(latest)!.Value : -1];
        ranks.Broadcast(step);
        if (step[0] < 0)
        {
            return null;
        }

        string path = Path.Combine(Folder, Name(step[0]) + ".json");
        var manifest = CheckpointManifest.Read(path);
        if (!manifest.Layout.Equals(optimizer.Layout))
        {
            throw new CheckpointException(path, $"the parameters must be those of the optimizer: {optimizer.Layout}, were {manifest.Layout}.");
        }

        string first = PartOf(manifest.Save, 0, manifest.Ends.Count);
        var notes = Optim.Checkpoint.Notes(first);
        return new(Loaded(path, manifest, manifest.Save, ownRules), TrainingNotes.Position(first, notes), manifest.Best.Length == 0 ? null : Loaded(path, manifest, manifest.Best, ownRules))
        {
            Model = TrainingNotes.Model<T>(first, notes),
            BestModel = manifest.Best.Length == 0 ? null : BestModel(PartOf(manifest.Best, 0, manifest.Ends.Count)),
        };

        static ModelState<T>? BestModel(string file) => TrainingNotes.Model<T>(file, Optim.Checkpoint.Notes(file));
    }

    private static long? StepOf(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : null;

    private static string Name(long step) => Prefix + step.ToString("D10", CultureInfo.InvariantCulture);

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

    /// <summary>Removes the oldest manifests, and then the parts that none names: those of saves that were cut off, too.</summary>
    private void RemoveOld()
    {
        foreach (string old in Manifests.SkipLast(Keep))
        {
            File.Delete(old);
        }

        var kept = Manifests.Select(CheckpointManifest.Read).SelectMany(manifest => (string[])[manifest.Save, manifest.Best]).ToHashSet(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(Folder, $"{Prefix}*{PartMark}*{Ending}").ToList())
        {
            string name = Path.GetFileName(file);
            if (!kept.Contains(name[..name.IndexOf(PartMark, StringComparison.Ordinal)]))
            {
                File.Delete(file);
            }
        }
    }
}
