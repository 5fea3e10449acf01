using System.Globalization;
using System.Numerics;
using Optim.Checkpoints;

namespace Optim;

/// <summary>A folder with the last few checkpoints of one run: <c>step-0000001000.safetensors</c>.</summary>
/// <remarks>Immutable: it holds the path, and reads the folder each time. Other files in the folder are not touched.</remarks>
public sealed class CheckpointFolder
{
    private const string Prefix = "step-", Ending = ".safetensors", Digits = "D10";

    /// <summary>Refers to a folder. Nothing is created or removed until something is saved.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="keep">How many of the latest checkpoints are kept; 1 or more. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="keep"/> is less than 1.</exception>
    public CheckpointFolder(string path, int keep = 3)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Folder = path;
        Keep = Constraint.CheckCount(keep, name: nameof(keep));
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>How many checkpoints are kept.</summary>
    public int Keep { get; }

    /// <summary>The checkpoints in the folder, the earliest step first; none if the folder does not exist.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public IReadOnlyList<string> Files => Directory.Exists(Folder)
        ? Array.AsReadOnly<string>([.. Directory.EnumerateFiles(Folder).Select(path => (Path: path, Step: StepOf(path))).Where(file => file.Step is not null).OrderBy(file => file.Step).Select(file => file.Path)])
        : [];

    /// <summary>The checkpoint of the latest step; null if there is none.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public string? Latest => Files is [.., var latest] ? latest : null;

    /// <summary>Saves a state under its step, and only then removes the oldest checkpoints.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="state">The state, at the latest saved step or a later one.</param>
    /// <param name="saveRule">Whether to save the rule; see <see cref="Checkpoint.Save{T}"/>. Default true.</param>
    /// <param name="notes">The caller's own strings; see <see cref="Checkpoint.Save{T}"/>. None by default.</param>
    /// <param name="tensors">The caller's own tensors, in the same file; see <see cref="Checkpoint.Save{T}"/>. None by default.</param>
    /// <returns>The file.</returns>
    /// <exception cref="ArgumentException">The rule cannot be serialized; or the folder has a later step: it is another run's, or this run went back to an earlier step, and which of the two
    /// continues is for the caller to decide.</exception>
    /// <exception cref="IOException">The disk is full or fails; existing files are unchanged.</exception>
    public string Save<T>(OptimizerState<T> state, bool saveRule = true, IReadOnlyDictionary<string, string>? notes = null, TensorSet<T>? tensors = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        if (Latest is { } latest && StepOf(latest) > state.StepCount)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"{nameof(state)} must be of the latest step in the folder or a later one, was of step {state.StepCount}, and there is {latest}. Use another folder, or remove the later checkpoints."),
                nameof(state));
        }

        Directory.CreateDirectory(Folder);
        string path = Path.Combine(Folder, Prefix + state.StepCount.ToString(Digits, CultureInfo.InvariantCulture) + Ending);
        AtomicFile.RemoveStale(Folder, Prefix);
        Checkpoint.Save(path, state, saveRule, notes, tensors);
        foreach (string old in Files.SkipLast(Keep))
        {
            File.Delete(old);
        }

        return path;
    }

    /// <summary>The state of the latest step.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule to continue with; the saved one by default.</param>
    /// <param name="ownRules">One instance of each rule type of your own; see <see cref="Checkpoint.Load{T}"/>.</param>
    /// <param name="ownSchedules">The schedules of your own in the saved rule; see <see cref="Checkpoint.Load{T}"/>.</param>
    /// <returns>The state; null if there is no checkpoint.</returns>
    /// <exception cref="CheckpointException">The file is invalid or does not match.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public OptimizerState<T>? LoadLatest<T>(Rule? rule = null, IReadOnlyList<Rule>? ownRules = null, IReadOnlyList<Schedule>? ownSchedules = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        while (Latest is { } path)
        {
            try
            {
                return Checkpoint.Load<T>(path, rule, ownRules, ownSchedules: ownSchedules);
            }
            catch (FileNotFoundException) when (Latest != path)
            {
                // Another process has saved a later one, and removed this one since it was listed.
            }
        }

        return null;
    }

    private static long? StepOf(string path)
    {
        string name = Path.GetFileName(path);
        return name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Ending, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(Prefix.Length, Math.Max(0, name.Length - Prefix.Length - Ending.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            ? step
            : null;
    }
}
