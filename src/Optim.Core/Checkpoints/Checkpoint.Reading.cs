using System.Numerics;
using Optim.Checkpoints;
using Optim.Names;

namespace Optim;

/// <content>How a state is read from a file.</content>
public static partial class Checkpoint
{
    internal static OptimizerState<T> LoadFrom<T>(SafetensorsFile file, Rule? rule, RuleContext own, bool convert)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckpointContent.RequireSound(file);
        RequireType<T>(file, convert);
        var match = new TensorMatch(file, convert);
        var layout = match.LayoutOf(CheckpointContent.ParameterNames(file).Select(name => (file.Find(CheckpointContent.ParameterPrefix + name)!, name)));
        rule = rule is null ? SavedRule(file, own) : ClocksOf(file, own) is { } saved ? LateJoin.WithClocksOf(rule, saved) : rule;
        return Guarded(file, () =>
        {
            RuleSize.Require(file, rule, layout);
            rule.Validate();
            rule.ValidateFor(layout);
            var names = StateNames.Of(rule);
            Layout[] slots = [.. rule.DeclareSlots().Select(slot => slot.LayoutFor(layout))];
            match.Expect<T>(layout, CheckpointContent.ParameterPrefix);
            foreach (var (name, slot) in names.Slots.Zip(slots))
            {
                match.Expect<T>(slot, CheckpointContent.PrefixOf(name));
            }

            foreach (string name in names.Scalars)
            {
                match.Expect(CheckpointContent.ScalarPrefix + name, SafetensorsType.F64, []);
            }

            match.Leave(CheckpointContent.OwnTensors(file));
            var formats = CheckpointContent.SlotFormats(file);
            if (!match.Report.Fits && RegroupedSlots.Of<T>(file, convert, own, rule, slots, layout) is { } regrouped)
            {
                return InFormats(Restored(file, rule, match.Read<T>(layout, CheckpointContent.ParameterPrefix), regrouped.Slots, regrouped.Scalars), regrouped.Formats);
            }

            match.RequireAll();
            return InFormats(
                Restored(
                    file, rule, match.Read<T>(layout, CheckpointContent.ParameterPrefix),
                    names.Slots.Zip(slots).ToDictionary(slot => slot.First, slot => match.Read<T>(slot.Second, CheckpointContent.PrefixOf(slot.First))),
                    names.Scalars.ToDictionary(name => name, name => match.ReadScalar(CheckpointContent.ScalarPrefix + name, 0))),
                formats);
        });
    }

    /// <summary>The rule in a checkpoint.</summary>
    internal static Rule SavedRule(SafetensorsFile file, RuleContext own)
    {
        if (!file.Metadata.TryGetValue(CheckpointContent.RuleKey, out string? text))
        {
            throw file.Wrong("the state was saved without its rule: give it, Checkpoint.Load(path, rule).", CheckpointContent.RuleKey);
        }

        try
        {
            return RuleJson.Read(text, own);
        }
        catch (FormatException e)
        {
            throw file.Wrong(e.Message, CheckpointContent.RuleKey, inner: e);
        }
    }

    /// <summary>The rule in a checkpoint, where it can be read: for the clocks of tensors that joined late.</summary>
    private static Rule? ClocksOf(SafetensorsFile file, RuleContext own)
    {
        try
        {
            return file.Metadata.ContainsKey(CheckpointContent.RuleKey) ? SavedRule(file, own) : null;
        }
        catch (CheckpointException)
        {
            return null;
        }
    }

    private static OptimizerState<T> Restored<T>(
        SafetensorsFile file, Rule rule, TensorSet<T> parameters, Dictionary<string, TensorSet<T>> slots, Dictionary<string, double> scalars)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Guarded(file, () => Optimizer.Restore(rule, CheckpointContent.Number(file, CheckpointContent.StepKey), parameters, slots, scalars));

    private static OptimizerState<T> InFormats<T>(OptimizerState<T> state, IReadOnlyDictionary<string, SlotFormat> formats)
        where T : unmanaged, IFloatingPointIeee754<T> => formats.Values.All(format => format == SlotFormat.Full) ? state : state.WithSlotFormats(formats);

    private static IEnumerable<(string Prefix, TensorSet<T> Set)> Sets<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        state.Slots.Select(slot => (CheckpointContent.PrefixOf(slot.Key), slot.Value)).Prepend((CheckpointContent.ParameterPrefix, state.Parameters));

    private static void RequireType<T>(SafetensorsFile file, bool convert)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (saved, asked) = (CheckpointContent.Text(file, CheckpointContent.TypeKey), ElementReader.TypeOf<T>());
        if (!convert && saved != asked.ToString())
        {
            throw file.Wrong($"the state's elements must be {asked}, were {QuotedName.Of(saved)}; convert: true rounds them.", CheckpointContent.TypeKey);
        }
    }

    /// <summary>Turns the library's errors into errors about the file.</summary>
    private static V Guarded<V>(SafetensorsFile file, Func<V> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or ArithmeticException)
        {
            throw file.Wrong($"the rule does not go with the parameters. {e.Message}", CheckpointContent.RuleKey, inner: e);
        }
    }
}
