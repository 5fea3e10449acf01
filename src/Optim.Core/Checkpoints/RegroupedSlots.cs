using System.Numerics;

namespace Optim.Checkpoints;

/// <summary>A checkpoint of a rule with other groups, or none, read into a rule: each tensor's slots are the same, whichever group it was in.</summary>
internal static class RegroupedSlots
{
    /// <summary>A rule's file has one of each number for each group, of which there may be as many.</summary>
    private const int MostGroups = 10_000;

    /// <summary>The slots, scalars and slots' formats of a rule; null where the file does not have exactly what it keeps, however it is grouped.</summary>
    /// <param name="file">The file.</param>
    /// <param name="convert">Whether other types of elements are accepted.</param>
    /// <param name="given">The caller's rules and schedules, for the rule in the file.</param>
    /// <param name="rule">The rule to go on with.</param>
    /// <param name="layouts">The layout of each of its slots.</param>
    /// <param name="parameters">The parameters' layout.</param>
    public static (Dictionary<string, TensorSet<T>> Slots, Dictionary<string, double> Scalars, Dictionary<string, SlotFormat> Formats)? Of<T>(
        SafetensorsFile file, bool convert, RuleContext given, Rule rule, Layout[] layouts, Layout parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var match = new TensorMatch(file, convert);
        match.Expect<T>(parameters, CheckpointContent.ParameterPrefix);
        match.Leave(CheckpointContent.OwnTensors(file));
        var keys = KeysOfSavedRule(file, given, parameters, match);
        var merged = new MergedSlots(rule, layouts, parameters);
        foreach (var (shape, _, _, name) in merged.Tensors)
        {
            match.Expect(KeyOf(name, shape.Name), ElementReader.TypeOf<T>(), shape.Dimensions);
        }

        var names = StateNames.Of(rule);
        var scalars = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var group in names.Scalars.Zip(rule.AllScalars().Select(scalar => scalar.Name)).GroupBy(scalar => scalar.Second, scalar => scalar.First, StringComparer.Ordinal))
        {
            string[] own = [.. group];
            string[] saved = [.. Enumerable.Range(0, MostGroups).Select(n => CheckpointContent.ScalarPrefix + MergedSlots.Numbered(group.Key, n)).TakeWhile(key => file.Find(key) is not null)];
            double[] values = [.. saved.Select(key => match.ReadScalar(key, double.NaN))];

            // A rule without groups has one where groups have one each; what differs has no place in it.
            if (saved.Length == 0 || (saved.Length != own.Length && values.Distinct().Count() > 1))
            {
                return null;
            }

            foreach (string key in saved)
            {
                match.Expect(key, SafetensorsType.F64, []);
            }

            foreach (var (i, name) in own.Index())
            {
                scalars[name] = values[saved.Length == own.Length ? i : 0];
            }
        }

        return match.Report.Fits
            ? (names.Slots.Select((name, slot) => (name, slot)).ToDictionary(
                slot => slot.name,
                slot => match.Read<T>(layouts[slot.slot], tensor => merged.NameOf(slot.slot, tensor) is { } name ? KeyOf(name, parameters[tensor].Name) : null)), scalars, Formats())
            : null;

        // A slot whose tensors were in slots of several formats is stored in full: that keeps every value.
        Dictionary<string, SlotFormat> Formats()
        {
            (string Prefix, SlotFormat Format)[] saved = [.. CheckpointContent.SlotFormats(file).Select(slot => (CheckpointContent.PrefixOf(slot.Key), slot.Value))];
            return merged.Tensors.Where(tensor => tensor.Shape.Length > 0).GroupBy(tensor => tensor.Slot).ToDictionary(
                slot => names.Slots[slot.Key],
                slot => slot.Select(tensor => FormatOf(KeyOf(tensor.Name, tensor.Shape.Name))).Distinct().ToArray() is [var only] ? only : SlotFormat.Full,
                StringComparer.Ordinal);

            SlotFormat FormatOf(string key) => Array.Find(saved, slot => key.StartsWith(slot.Prefix, StringComparison.Ordinal)).Format;
        }

        string KeyOf(string name, string tensor) => keys?.GetValueOrDefault((name, tensor)) ?? CheckpointContent.PrefixOf(name) + tensor;
    }

    /// <summary>The keys of the slots' tensors by their names without groups, where the file has its rule; the tensors that other groups have are left. Without a rule, what has no elements is taken for those.</summary>
    private static Dictionary<(string Name, string Tensor), string>? KeysOfSavedRule(SafetensorsFile file, RuleContext given, Layout parameters, TensorMatch match)
    {
        if (!file.Metadata.ContainsKey(CheckpointContent.RuleKey))
        {
            match.Leave(file.Tensors.Where(entry => entry.ElementCount == 0));
            return null;
        }

        var rule = Checkpoint.SavedRule(file, given);
        RuleSize.Require(file, rule, parameters);
        var names = StateNames.Of(rule).Slots;
        var merged = new MergedSlots(rule, [.. rule.DeclareSlots().Select(slot => slot.LayoutFor(parameters))], parameters);
        match.Leave(
            from slot in Enumerable.Range(0, names.Count)
            from tensor in Enumerable.Range(0, parameters.Count)
            where merged.NameOf(slot, tensor) is null
            let entry = file.Find(CheckpointContent.PrefixOf(names[slot]) + parameters[tensor].Name)
            where entry is not null
            select entry);
        return merged.Tensors.ToDictionary(tensor => (tensor.Name, tensor.Shape.Name), tensor => CheckpointContent.PrefixOf(names[tensor.Slot]) + tensor.Shape.Name);
    }
}
