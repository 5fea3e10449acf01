using System.Numerics;

namespace Optim.CSharp;

/// <summary>The latest checkpoint of a <see cref="Trainer{T, TBatch}"/> in one file, which each save replaces atomically.</summary>
/// <remarks>
/// The file of a state (<see cref="Optim.Checkpoint"/>) with the position in its notes, and the model's state: <see cref="IModelState{T}"/>. It does not hold a best
/// state; <see cref="TrainingCheckpointFolder{T}"/> keeps that and earlier checkpoints. Not thread-safe.
/// <code>
/// var file = new TrainingCheckpointFile&lt;float&gt;("run.safetensors");
/// var trainer = new Trainer&lt;float, Batch&gt;(optimizer, objective) { Checkpoint = file.SaveAsync, Options = new() { CheckpointEachEpoch = true, TrackBest = false } };
/// if (file.Load() is { } checkpoint)
/// {
///     trainer.Resume(checkpoint);
/// }
/// </code>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class TrainingCheckpointFile<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly bool saveRule;

    /// <summary>Refers to a file. Nothing is created until something is saved.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="saveRule">Whether to save the rule. If not, <see cref="Load"/> must be given one: for a rule that holds a function. Default true.</param>
    public TrainingCheckpointFile(string path, bool saveRule = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (Path, this.saveRule) = (path, saveRule);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Saves a checkpoint on the calling thread; assign it to <see cref="Trainer{T, TBatch}.Checkpoint"/>.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="cancellation">Checked only before saving begins.</param>
    /// <exception cref="ArgumentException">The checkpoint has a best state, or its rule cannot be serialized.</exception>
    /// <exception cref="IOException">The disk is full or fails; the old file is unchanged.</exception>
    public ValueTask SaveAsync(TrainingCheckpoint<T> checkpoint, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        cancellation.ThrowIfCancellationRequested();
        if (checkpoint.Best is not null)
        {
            throw new ArgumentException($"{nameof(checkpoint)} must have no best state, for which a file has no room: set TrackBest = false, or use a TrainingCheckpointFolder.", nameof(checkpoint));
        }

        Optim.Checkpoint.Save(Path, checkpoint.State, saveRule, TrainingNotes.Of(checkpoint.Position).With(checkpoint.Model), checkpoint.Model?.Tensors);
        return ValueTask.CompletedTask;
    }

    /// <summary>The checkpoint.</summary>
    /// <param name="rule">The rule to continue with; the saved one by default.</param>
    /// <param name="ownRules">One instance of each rule type of your own; see <see cref="Optim.Checkpoint.Load{T}"/>.</param>
    /// <returns>The checkpoint; null if there is no file.</returns>
    /// <exception cref="CheckpointException">The file is invalid, does not match, or is not a trainer's.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public TrainingCheckpoint<T>? Load(Rule? rule = null, IReadOnlyList<Rule>? ownRules = null)
    {
        if (!File.Exists(Path))
        {
            return null;
        }

        var notes = Optim.Checkpoint.Notes(Path);
        var position = TrainingNotes.Position(Path, notes);
        return new(Optim.Checkpoint.Load<T>(Path, rule, ownRules), position, null) { Model = TrainingNotes.Model<T>(Path, notes) };
    }
}
