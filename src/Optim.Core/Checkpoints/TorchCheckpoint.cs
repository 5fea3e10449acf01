using System.Globalization;
using System.Numerics;
using Optim.Checkpoints;
using Optim.Names;

namespace Optim;

/// <summary>Parameters and optimizer states in PyTorch's form, in safetensors files.</summary>
/// <remarks>
/// The keys are those of <c>model.state_dict()</c> for the parameters, <c>NAME</c>, and those of PyTorch's flattened optimizer state (torch.distributed.checkpoint) for what the
/// optimizer keeps: <c>state.NAME.exp_avg</c>, <c>state.NAME.exp_avg_sq</c>, <c>state.NAME.momentum_buffer</c>, <c>state.NAME.step</c>, ... Our slots have PyTorch's names.
/// Such a file does not contain the rule: pass it when the file is read. docs/checkpoints.md has the Python code that writes and reads one.
/// </remarks>
public static class TorchCheckpoint
{
    private const string StatePrefix = "state.", StepName = "step";

    /// <summary>Loads a state from a PyTorch file.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; tensors of other types are rounded to it.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="rule">The rule that corresponds to the PyTorch optimizer, with its hyperparameters.</param>
    /// <param name="stepCount">The number of steps taken; by default the file's, if it has one (SGD keeps none: 0 then restarts its momentum).</param>
    /// <returns>The state, its parameters in the order of the file; those that have taken fewer steps than others have clocks of their own (<see cref="LateTensors"/>).</returns>
    /// <exception cref="CheckpointException">The file is invalid; or the rule's slots are not exactly those of the file (the message lists them); or there is no step.</exception>
    /// <exception cref="ArgumentException">The rule's hyperparameters are inconsistent, or it does not match the parameters.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static OptimizerState<T> Load<T>(string path, Rule rule, long? stepCount = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rule);
        using var file = SafetensorsFile.Open(path);
        var match = new TensorMatch(file, convert: true);
        var parameters = match.LayoutOf(file.Tensors.Where(entry => !IsState(file, entry.Name)).Select(entry => (entry, entry.Name)));
        rule.Validate();
        rule.ValidateFor(parameters);
        var names = StateNames.Of(rule);
        Layout[] slots = [.. rule.DeclareSlots().Select(slot => slot.LayoutFor(parameters))];
        match.Expect<T>(parameters, "");
        var merged = new MergedSlots(rule, slots, parameters);
        foreach (var (shape, _, _, name) in merged.Tensors)
        {
            match.Expect(KeyOf(shape.Name, name), ElementReader.TypeOf<T>(), shape.Dimensions);
        }

        string[] scalars = [.. rule.AllScalars().Select(scalar => scalar.Name)];
        foreach (string name in scalars.Append(StepName).Distinct(StringComparer.Ordinal))
        {
            foreach (string key in parameters.Select(shape => KeyOf(shape.Name, name)).Where(key => name != StepName || file.Find(key) is not null))
            {
                match.Expect(key, SafetensorsType.F64, []);
            }
        }

        match.RequireAll();
        long[]? steps = stepCount is null ? Steps(file, match, parameters) : null;
        var state = Optimizer.Restore(
            rule, stepCount ?? steps!.Max(), match.Read<T>(parameters, ""),
            names.Slots.Select((name, slot) => (name, slot)).ToDictionary(
                slot => slot.name, slot => match.Read<T>(slots[slot.slot], tensor => merged.NameOf(slot.slot, tensor) is { } name ? KeyOf(parameters[tensor].Name, name) : null)),
            names.Scalars.Zip(scalars).ToDictionary(scalar => scalar.First, scalar => Common(file, match, parameters, scalar.Second)
                ?? throw file.Wrong("there is no parameter whose state has it.", scalar.Second)));

        try
        {
            // Who has taken fewer steps has joined late.
            return (steps ?? []).Index().Where(step => step.Item < state.StepCount).GroupBy(step => step.Item, step => parameters[step.Index])
                .Aggregate(state, (joined, late) => joined.WithJoined([.. late], new LateJoin.Own(rule, late.Key, state.AllScalars.ToArray())));
        }
        catch (InvalidOperationException e)
        {
            throw file.Wrong($"parameters have taken different numbers of steps. {e.Message}", StepName, inner: e);
        }
    }

    /// <summary>Writes a state in PyTorch's form. The file is replaced atomically.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="state">The state. Its step, that of tensors that joined late their own, is written as F32 for each parameter, as in PyTorch, or as F64 beyond 2^24, which F32 cannot represent; its scalars are written for each parameter as F64.</param>
    /// <exception cref="ArgumentException">A name is not valid Unicode, two tensors would have the same key, or a parameter's would be that of another's state: <c>state.NAME...</c> beside <c>NAME</c>.</exception>
    /// <exception cref="IOException">The disk is full or fails; the old file is unchanged.</exception>
    public static void Save<T>(string path, OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        const long MostInSingle = 1 << 24;
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(state);
        int version = state.BeginReading();
        string[] names = [.. state.Parameters.Layout.Select(shape => shape.Name)];
        RequireReadable(names);
        long StepOf(string name) => state.StepCount - LateJoin.JoinedAt(state.Rule, name);
        var merged = new MergedSlots(state.Rule, state.SlotLayouts.ToArray(), state.Parameters.Layout);
        var slots = state.AllSlots;
        SafetensorsPart[] parts =
        [
            .. Scalars(state).SelectMany(scalar => names.Select(name => SafetensorsPart.OfScalar(KeyOf(name, scalar.Name), scalar.Value))),
            .. names.Where(name => StepOf(name) > MostInSingle).Select(name => SafetensorsPart.OfScalar(KeyOf(name, StepName), (double)StepOf(name))),
            .. state.Parameters.Select(tensor => SafetensorsPart.Of(tensor.Name, tensor)),
            .. merged.Tensors.Select(tensor => SafetensorsPart.Of(KeyOf(tensor.Shape.Name, tensor.Name), slots[tensor.Slot][tensor.Tensor])),
            .. names.Where(name => StepOf(name) <= MostInSingle).Select(name => SafetensorsPart.OfScalar(KeyOf(name, StepName), (float)StepOf(name))),
        ];
        AtomicFile.Write(path, stream =>
        {
            SafetensorsWriter.Write(stream, parts, new Dictionary<string, string> { ["format"] = "pt" });
            state.RequireUnchanged(version);
        });
    }

    /// <summary>The state's numbers, those of groups that have the same once.</summary>
    /// <exception cref="ArgumentException">Groups differ: PyTorch has one for each parameter, and which group's it is the state does not say.</exception>
    private static IEnumerable<(string Name, double Value)> Scalars<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        state.Rule.AllScalars().Zip(state.Scalars.Values, (scalar, value) => (scalar.Name, Value: value)).GroupBy(scalar => scalar.Name, scalar => scalar.Value, StringComparer.Ordinal)
            .Select(values => values.Distinct().Count() == 1
                ? (values.Key, values.First())
                : throw new ArgumentException($"{values.Key} must be the same in all groups, was {string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}.", nameof(state)));

    private static string KeyOf(string parameter, string name) => $"{StatePrefix}{parameter}.{name}";

    /// <summary>Whether it is optimizer state of a parameter in the file.</summary>
    private static bool IsState(SafetensorsFile file, string key) => OwnerOf(key, name => file.Find(name) is not null) is not null;

    /// <summary>The parameter of whose state a key is; null for none.</summary>
    private static string? OwnerOf(string key, Predicate<string> isThere)
    {
        if (key.StartsWith(StatePrefix, StringComparison.Ordinal))
        {
            // A slot's name may hold a dot, and so may a parameter's.
            for (int dot = key.LastIndexOf('.'); dot >= StatePrefix.Length; dot = key.LastIndexOf('.', dot - 1))
            {
                if (isThere(key[StatePrefix.Length..dot]))
                {
                    return key[StatePrefix.Length..dot];
                }
            }
        }

        return null;
    }

    private static void RequireReadable(string[] names)
    {
        var all = names.ToHashSet(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (OwnerOf(name, all.Contains) is { } owner)
            {
                throw new ArgumentException(
                    $"In PyTorch's form the tensor {QuotedName.Of(name)} would be read as what the optimizer keeps for {QuotedName.Of(owner)}: give it another name, or save by Checkpoint.Save.", "state");
            }
        }
    }

    /// <summary>The steps of each parameter; of one whose state has none, as many as of another.</summary>
    private static long[] Steps(SafetensorsFile file, TensorMatch match, Layout parameters)
    {
        double[] steps = [.. parameters.Select(shape => file.Find(KeyOf(shape.Name, StepName)) is null ? double.NaN : match.ReadScalar(KeyOf(shape.Name, StepName), 0))];
        double most = steps.Where((_, i) => file.Find(KeyOf(parameters[i].Name, StepName)) is not null).DefaultIfEmpty(-1).Max();
        if (most == -1 && !parameters.Any(shape => file.Find(KeyOf(shape.Name, StepName)) is not null))
        {
            throw file.Wrong("the file does not say how many steps were taken, as PyTorch's SGD does not: give stepCount.", StepName);
        }

        return [.. parameters.Zip(steps, (shape, step) => Whole(file.Find(KeyOf(shape.Name, StepName)) is null ? most : step))];

        long Whole(double step) => step >= 0 && step == Math.Floor(step) && step < long.MaxValue
            ? (long)step
            : throw file.Wrong(string.Create(CultureInfo.InvariantCulture, $"there must be a whole number of 0 or more, was {step}."), StepName);
    }

    /// <summary>A scalar that PyTorch keeps per parameter and our state once: the same for all that have it; null if none has.</summary>
    private static double? Common(SafetensorsFile file, TensorMatch match, Layout parameters, string name)
    {
        double? common = null;
        foreach (string key in parameters.Select(shape => KeyOf(shape.Name, name)).Where(key => file.Find(key) is not null))
        {
            double value = match.ReadScalar(key, 0);
            common = common is null || value.Equals(common.Value)
                ? value
                : throw file.Wrong(string.Create(CultureInfo.InvariantCulture, $"all parameters must have the same, was {value} and {common} before."), key);
        }

        return common;
    }
}
