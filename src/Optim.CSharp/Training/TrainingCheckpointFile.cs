using System.Numerics;

namespace Optim.CSharp;

/// <summary>The latest checkpoint of a <see cref="Trainer{T, TBatch}"/> in one file, which each save replaces as a whole or not at all.</summary>
/// <remarks>
/// The file of a state (<see cref="Optim.Checkpoint"/>) with the position in its notes, and in it what the model keeps: <see cref="IModelState{T}"/>. There is no room for a best
/// state; <see cref="TrainingCheckpointFolder{T}"/> keeps that and the checkpoints before. Not safe for several threads at once.
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

    /// <summary>Names a file. Nothing is made until something is saved.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="saveRule">Whether the rule is saved too. If not, <see cref="Load"/> must be given one: for a rule that holds a function. Default true.</param>
    public TrainingCheckpointFile(string path, bool saveRule = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (Path, this.saveRule) = (path, saveRule);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Saves a checkpoint, on the thread that calls: what <see cref="Trainer{T, TBatch}.Checkpoint"/> is set to.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="cancellation">Looked at before, not during: a checkpoint that is begun is finished.</param>
    /// <exception cref="ArgumentException">The checkpoint has a best state, or its rule cannot be saved as data.</exception>
    /// <exception cref="IOException">The disk is full or fails; the old file is as it was.</exception>
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
    /// <param name="ownRules">A rule of each type of your own; see <see cref="Optim.Checkpoint.Load{T}"/>.</param>
    /// <returns>The checkpoint; null where there is no file.</returns>
    /// <exception cref="CheckpointException">The file is not sound, does not fit, or is no trainer's.</exception>
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
