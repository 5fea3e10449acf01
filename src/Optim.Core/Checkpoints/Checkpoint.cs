using System.Globalization;
using System.Numerics;
using Optim.Checkpoints;
using Optim.Names;

namespace Optim;

/// <summary>Whole optimizer states as safetensors files: parameters, slots, scalars, step and rule. A run resumed from one has the bits of an uninterrupted run.</summary>
/// <remarks>
/// The format is in docs/checkpoints.md. A file is replaced atomically: at whatever instant a process dies, the old file or the new one is there, complete and on
/// disk. Loading is strict; anything wrong with a file is a <see cref="CheckpointException"/> that names the file, the key and the offset. No file makes loading allocate
/// more than 64 bytes per byte of its own plus 1 MB.
/// </remarks>
public static partial class Checkpoint
{
    /// <summary>The metadata key of the hash of a checkpoint's contents.</summary>
    public const string HashKey = CheckpointContent.HashKey;

    /// <summary>Saves a state. The file is replaced atomically.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; the file has F32 or F64, to the bit. Scalars are F64 either way.</typeparam>
    /// <param name="path">The file; its folder exists. Usually <c>*.safetensors</c>.</param>
    /// <param name="state">The state; not changed.</param>
    /// <param name="saveRule">Whether to save the rule. If not, <see cref="Load{T}"/> must be given one: for a rule that holds a function. Default true.</param>
    /// <param name="notes">The caller's own strings, saved with the state: <see cref="Notes"/> reads them. Keys do not begin with <c>optim.</c>. None by default.</param>
    /// <param name="tensors">The caller's own tensors, saved in the same file: <see cref="Tensors{T}"/> reads them. None by default.</param>
    /// <exception cref="ArgumentException">A note's key begins with <c>optim.</c>. Or the rule cannot be serialized, since it holds a function (<see cref="TensorSelector.Where"/>) or a schedule or value of a type unknown to the library;
    /// the message says where. Or a name is no sound Unicode.</exception>
    /// <exception cref="IOException">The disk is full or fails; the old file is unchanged.</exception>
    /// <exception cref="InvalidOperationException">The state was donated to an earlier step.</exception>
    public static void Save<T>(
        string path, OptimizerState<T> state, bool saveRule = true, IReadOnlyDictionary<string, string>? notes = null, TensorSet<T>? tensors = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(state);
        int version = state.BeginReading();
        var (parts, metadata) = CheckpointContent.Of(state, saveRule, notes, tensors);
        AtomicFile.Write(path, stream =>
        {
            SafetensorsWriter.Write(stream, parts, metadata);

            // Before the new file takes the old one's place: another thread may have stepped a donated copy meanwhile.
            state.RequireUnchanged(version);
        });
    }

    /// <summary>Loads a state: equal to the saved one, to the bit.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; the file's element type, unless <paramref name="convert"/> is set.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="rule">The rule to continue with, which must keep slots and scalars of the same names and shapes; the saved one by default.</param>
    /// <param name="ownRules">One instance of each rule type of your own in the saved rule; its hyperparameters are replaced by the saved ones. None by default.</param>
    /// <param name="convert">Whether tensors of another element type are rounded to <typeparamref name="T"/>. Default false.</param>
    /// <param name="ownSchedules">The schedules of your own in the saved rule (<see cref="Schedule.OfFunction"/>); those in <paramref name="ownRules"/> need not be repeated. None by default.</param>
    /// <exception cref="CheckpointException">The file is invalid, or its tensors are not exactly those of the rule (the message lists them), or the rule is unknown (the message suggests the nearest name).</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static OptimizerState<T> Load<T>(string path, Rule? rule = null, IReadOnlyList<Rule>? ownRules = null, bool convert = false, IReadOnlyList<Schedule>? ownSchedules = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var file = SafetensorsFile.Open(path);
        return LoadFrom<T>(file, rule, RuleContext.Of([.. ownRules ?? [], .. rule is null ? Enumerable.Empty<Rule>() : [rule]], ownSchedules ?? []), convert);
    }

    /// <summary>Which hyperparameters of a rule differ from those that a state was saved with, by path: what <see cref="Load{T}"/>, given the rule, goes on with instead. None where they are the same.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rule">The rule to compare with the saved one.</param>
    /// <exception cref="CheckpointException">The file is invalid, or the saved rule is unknown, and not in <paramref name="rule"/> either.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<HyperparameterChange> Changes(string path, Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        using var file = SafetensorsFile.Open(path);
        CheckpointContent.RequireSound(file);
        return rule.ChangesFrom(SavedRule(file, RuleContext.Of([.. Within(rule)], [])));

        static IEnumerable<Rule> Within(Rule rule) => rule.DeclareInner().SelectMany(inner => Within(inner.Rule)).Prepend(rule);
    }

    /// <summary>The strings saved with a state, by key.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is invalid.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> Notes(string path)
    {
        using var file = SafetensorsFile.Open(path);
        CheckpointContent.RequireSound(file);
        return CheckpointContent.Notes(file).AsReadOnly();
    }

    /// <summary>A checkpoint's metadata, without the tensors; null for a safetensors file that is not a checkpoint.</summary>
    /// <param name="file">The file; it stays open.</param>
    /// <param name="ownRules">A rule of each type of your own that the saved rule is made of. None by default.</param>
    /// <param name="ownSchedules">The schedules of your own in the saved rule (<see cref="Schedule.OfFunction"/>); those in <paramref name="ownRules"/> need not be repeated. None by default.</param>
    /// <exception cref="CheckpointException">The file is damaged, or has an unsupported version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static CheckpointSummary? Summary(SafetensorsFile file, IReadOnlyList<Rule>? ownRules = null, IReadOnlyList<Schedule>? ownSchedules = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!file.Metadata.ContainsKey(CheckpointContent.FormatKey))
        {
            return null;
        }

        CheckpointContent.RequireSound(file);
        Rule? rule = null;
        string? problem = null;
        try
        {
            rule = SavedRule(file, RuleContext.Of(ownRules ?? [], ownSchedules ?? []));
        }
        catch (CheckpointException e)
        {
            problem = e.Message;
        }

        return new(
            CheckpointContent.Number(file, CheckpointContent.FormatKey), CheckpointContent.Number(file, CheckpointContent.StepKey), CheckpointContent.Text(file, CheckpointContent.TypeKey),
            rule, problem, file.Metadata.GetValueOrDefault(CheckpointContent.RuleKey), CheckpointContent.Notes(file).AsReadOnly());
    }

    /// <summary>The tensors saved with a state, in the order of their names (ordinal).</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; the file's own.</typeparam>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is invalid, or has elements of another type.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TensorSet<T> Tensors<T>(string path)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var file = SafetensorsFile.Open(path);
        CheckpointContent.RequireSound(file);
        RequireType<T>(file, convert: false);
        var match = new TensorMatch(file, convert: false);
        string[] keys = [.. CheckpointContent.OwnTensors(file).Select(entry => entry.Name).Order(StringComparer.Ordinal)];
        var layout = match.LayoutOf(keys.Select(key => (file.Find(key)!, key[CheckpointContent.OwnTensorPrefix.Length..])));
        return match.Read<T>(layout, CheckpointContent.OwnTensorPrefix);
    }

    /// <summary>Loads the saved step and values into another state, by name and shape. That state keeps its rule and the order of its parameters.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="state">The state to take them over; it stays as it is.</param>
    /// <param name="partial">
    /// Whether mismatched tensors are ignored and missing ones keep the other state's values. If not, both are errors. A tensor that the file lacks joins late: the rule gives it a clock of its own where it
    /// counts steps (<see cref="LateTensors"/>), so that the state of a new tensor begins where the file goes on. Default false.
    /// </param>
    /// <param name="convert">Whether tensors of another element type are rounded to <typeparamref name="T"/>. Default false.</param>
    /// <returns>The state, and how well the file matched.</returns>
    /// <exception cref="CheckpointException">The file is invalid, or it does not match exactly and <paramref name="partial"/> is not set; <see cref="CheckpointException.Report"/> lists why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidOperationException">The state was donated to an earlier step.</exception>
    public static Tuple<OptimizerState<T>, CheckpointReport> LoadInto<T>(string path, OptimizerState<T> state, bool partial = false, bool convert = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(state);
        using var file = SafetensorsFile.Open(path);
        CheckpointContent.RequireSound(file);
        RequireType<T>(file, convert);
        var match = new TensorMatch(file, convert);
        var own = new LateJoin.Own(state.Rule, state.StepCount, state.AllScalars.ToArray());
        if (ClocksOf(file, RuleContext.Of([state.Rule], [])) is { } saved)
        {
            state = state.WithClocksOf(saved);
        }

        foreach (var (prefix, set) in Sets(state))
        {
            match.Expect<T>(set.Layout, prefix);
        }

        foreach (string name in state.Scalars.Keys)
        {
            match.Expect(CheckpointContent.ScalarPrefix + name, SafetensorsType.F64, []);
        }

        match.Leave(CheckpointContent.OwnTensors(file));
        if (!partial)
        {
            match.RequireAll();
        }

        var loaded = InFormats(Restored(
            file, state.Rule, match.Read(state.Parameters.Layout, CheckpointContent.ParameterPrefix, otherwise: state.Parameters),
            state.Slots.ToDictionary(slot => slot.Key, slot => match.Read(slot.Value.Layout, CheckpointContent.PrefixOf(slot.Key), otherwise: slot.Value)),
            state.Scalars.ToDictionary(scalar => scalar.Key, scalar => match.ReadScalar(CheckpointContent.ScalarPrefix + scalar.Key, scalar.Value))), state.SlotFormats);
        return new(partial ? Guarded(file, () => loaded.WithJoined([.. state.Parameters.Layout.Where(IsLacking)], own)) : loaded, match.Report);

        // Without its values, or with them and nothing of what the rule keeps of it.
        bool IsLacking(TensorShape shape)
        {
            var slots = state.Slots.Where(slot => slot.Value.Layout.Any(own => own.Name == shape.Name && own.Length > 0)).ToList();
            return !Has(CheckpointContent.ParameterPrefix, shape)
                || (slots.Count > 0 && slots.TrueForAll(slot => !Has(CheckpointContent.PrefixOf(slot.Key), slot.Value.Layout[slot.Value.Layout.IndexOf(shape.Name)])));
        }

        bool Has(string prefix, TensorShape shape) => match.Fits<T>(prefix + shape.Name, shape.Dimensions);
    }
}
