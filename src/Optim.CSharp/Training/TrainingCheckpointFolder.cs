using System.Globalization;
using System.Numerics;

namespace Optim.CSharp;

/// <summary>
/// The checkpoints of a <see cref="Trainer{T, TBatch}"/> in a folder, the last few of them: each is the file of a state
/// (<see cref="CheckpointFolder"/>) with the position in its notes and the model's state (<see cref="IModelState{T}"/>), and beside them is the best state so far, <c>best-0000000120.safetensors</c>.
/// </summary>
/// <remarks>
/// A best state's file is written before the checkpoint that names it, and removed after the last that does, so that whenever the process dies the latest checkpoint
/// can be resumed. Not thread-safe.
/// <code>
/// var folder = new TrainingCheckpointFolder&lt;float&gt;("run");
/// var trainer = new Trainer&lt;float, Batch&gt;(optimizer, objective) { Checkpoint = folder.SaveAsync, Options = new() { Epochs = 40, CheckpointEvery = 500 } };
/// if (folder.LoadLatest() is { } checkpoint)
/// {
///     trainer.Resume(checkpoint);
/// }
/// </code>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class TrainingCheckpointFolder<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const string BestPrefix = "best-", Ending = ".safetensors";

    private readonly CheckpointFolder folder;
    private readonly bool saveRule;
    private OptimizerState<T>? savedBest;

    /// <summary>Refers to a folder. Nothing is created or removed until something is saved.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="keep">How many of the latest checkpoints are kept; 1 or more. Default 3.</param>
    /// <param name="saveRule">Whether to save the rule. If not, <see cref="LoadLatest"/> must be given one: for a rule that holds a function. Default true.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="keep"/> is less than 1.</exception>
    public TrainingCheckpointFolder(string path, int keep = 3, bool saveRule = true)
    {
        folder = new(path, keep);
        this.saveRule = saveRule;
    }

    /// <summary>The folder.</summary>
    public string Folder => folder.Folder;

    /// <summary>Saves a checkpoint on the calling thread, then removes the oldest; assign it to <see cref="Trainer{T, TBatch}.Checkpoint"/>.</summary>
    /// <param name="checkpoint">The checkpoint, at the latest saved step or a later one.</param>
    /// <param name="cancellation">Checked only before saving begins.</param>
    /// <exception cref="ArgumentException">The rule cannot be serialized, or the folder has a later step.</exception>
    /// <exception cref="IOException">The disk is full or fails; existing files are unchanged.</exception>
    public ValueTask SaveAsync(TrainingCheckpoint<T> checkpoint, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        cancellation.ThrowIfCancellationRequested();
        var notes = TrainingNotes.Of(checkpoint.Position).With(checkpoint.Model);
        if (checkpoint.Best is { } best)
        {
            string name = BestPrefix + best.StepCount.ToString("D10", CultureInfo.InvariantCulture) + Ending;
            if (!ReferenceEquals(best, savedBest))
            {
                Directory.CreateDirectory(Folder);
                Optim.Checkpoint.Save(Path.Combine(Folder, name), best, saveRule, new Dictionary<string, string>(StringComparer.Ordinal).With(checkpoint.BestModel), checkpoint.BestModel?.Tensors);
                savedBest = best;
            }

            notes[TrainingNotes.BestKey] = name;
        }

        folder.Save(checkpoint.State, saveRule, notes, checkpoint.Model?.Tensors);
        RemoveForgotten();
        return ValueTask.CompletedTask;
    }

    /// <summary>The checkpoint of the latest step.</summary>
    /// <param name="rule">The rule to continue with; the saved one by default.</param>
    /// <param name="ownRules">One instance of each rule type of your own; see <see cref="Optim.Checkpoint.Load{T}"/>.</param>
    /// <returns>The checkpoint; null if there is none.</returns>
    /// <exception cref="CheckpointException">A file is invalid, does not match, or is not a trainer's.</exception>
    /// <exception cref="IOException">A file cannot be read, or the best state's is missing.</exception>
    public TrainingCheckpoint<T>? LoadLatest(Rule? rule = null, IReadOnlyList<Rule>? ownRules = null)
    {
        if (folder.Latest is not { } file)
        {
            return null;
        }

        var notes = Optim.Checkpoint.Notes(file);
        var position = TrainingNotes.Position(file, notes);
        string? best = notes.TryGetValue(TrainingNotes.BestKey, out string? name) ? Path.Combine(Folder, BestFile(name)) : null;
        return new(Optim.Checkpoint.Load<T>(file, rule, ownRules), position, best is null ? null : Optim.Checkpoint.Load<T>(best, rule, ownRules))
        {
            Model = TrainingNotes.Model<T>(file, notes),
            BestModel = best is null ? null : TrainingNotes.Model<T>(best, Optim.Checkpoint.Notes(best)),
        };

        // A name, not a path: what it says must not lead out of the folder.
        string BestFile(string text) => text.StartsWith(BestPrefix, StringComparison.Ordinal) && Path.GetFileName(text) == text
            ? text
            : throw new CheckpointException(file, $"it must name a file '{BestPrefix}...{Ending}', was '{text}'.", TrainingNotes.BestKey);
    }

    /// <summary>Removes best states that no checkpoint names.</summary>
    private void RemoveForgotten()
    {
        var named = folder.Files.Select(BestOf).ToHashSet(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(Folder, BestPrefix + "*" + Ending).Where(file => !named.Contains(Path.GetFileName(file))).ToList())
        {
            File.Delete(file);
        }

        // The header alone: whether the elements are sound is not asked at every save.
        static string? BestOf(string path)
        {
            using var file = SafetensorsFile.Open(path);
            return file.Metadata.GetValueOrDefault(TrainingNotes.BestKey);
        }
    }
}
