using System.Numerics;

namespace Optim.TorchSharp;

/// <summary>A group of parameters that joins a run with a rule of its own.</summary>
internal static class ParameterGroups
{
    /// <summary>The state with the rule for such a group in front, which has no parameters yet.</summary>
    public static OptimizerState<T> WithGroup<T>(OptimizerState<T> state, string[] names, Rule rule)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var group = new ParameterGroup(TensorSelector.Named(names).OrNone(), rule);
        ParameterGroup[] others = state.Rule is Partition partition ? [.. partition.Groups] : [new(TensorSelector.All, state.Rule)];
        var grouped = new Partition([group, .. others]);
        var fresh = Optimizer.Init(grouped, state.Parameters);

        // The new group's slots and scalars come first, then those that there are.
        int slots = fresh.Slots.Count - state.Slots.Count, scalars = fresh.Scalars.Count - state.Scalars.Count;
        return Optimizer.Restore(
            grouped, state.StepCount, state.Parameters,
            fresh.Slots.Select((slot, i) => KeyValuePair.Create(slot.Key, i < slots ? slot.Value : state.Slots.ElementAt(i - slots).Value)).ToDictionary(StringComparer.Ordinal),
            fresh.Scalars.Select((scalar, i) => KeyValuePair.Create(scalar.Key, i < scalars ? scalar.Value : state.Scalars.ElementAt(i - scalars).Value)).ToDictionary(StringComparer.Ordinal));
    }

    /// <summary>Where a hyperparameter of the rule is after that.</summary>
    public static string PathAfter(Rule before, string path)
    {
        if (before is not Partition)
        {
            return "group[1]." + path;
        }

        int end = path.IndexOf(']', StringComparison.Ordinal);
        int index = int.Parse(path.AsSpan("group[".Length, end - "group[".Length), System.Globalization.CultureInfo.InvariantCulture);
        return FormattableString.Invariant($"group[{index + 1}]") + path[(end + 1)..];
    }
}
