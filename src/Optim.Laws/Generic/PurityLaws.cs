using System.Numerics;

namespace Optim.Laws;

internal sealed class PurityLaw() : RuleLaw(4, "A step leaves the state and the gradient as they were, and the same step again gives the same bits.")
{
    public override void Check<T>(Scenario s)
    {
        var state = s.Begin<T>();
        foreach (var gradient in s.GradientsOf<T>())
        {
            var gradientBefore = gradient.Copy();
            var before = Parts.Copy(state);
            var once = s.Step(state, gradient);
            Same.Bits(gradientBefore, gradient, "the gradient after a step");
            Same.Value(gradientBefore, gradient, "the gradient after a step");
            Same.Bits(before, state, "of the state that was stepped from");
            Same.Value(before, state, "the state that was stepped from");
            var again = s.Step(state, gradient);
            Same.Bits(once, again, "of the same step again");
            Same.Value(once, again, "the same step again");
            Same.Bits(gradientBefore, gradient, "the gradient after a step");
            state = once;
        }
    }
}

internal sealed class DonationLaw() : RuleLaw(5, "A step in place, of a donated state, gives the bits of a pure step.")
{
    public override void Check<T>(Scenario s)
    {
        var pure = s.Begin<T>();
        var donated = s.Begin<T>();
        foreach (var gradient in s.GradientsOf<T>())
        {
            pure = s.Step(pure, gradient);
            donated = s.Step(donated.Donate(), gradient);
            Same.Bits(pure, donated, "in place");
        }

        if (s.Needs == StepNeeds.None)
        {
            Same.Bits(pure, Optimizer.Fold(s.Begin<T>(), s.GradientsOf<T>()), "of a fold");
            Same.Bits(pure, Optimizer.Scan(s.Begin<T>(), s.GradientsOf<T>()).Last(), "of a scan");
        }
    }
}

internal sealed class ResumeLaw() : RuleLaw(6, "A run may be cut anywhere and resumed from the state's parts, whatever else the rule is used for in between.")
{
    public override int CasesPerHundred => 50;

    public override void Check<T>(Scenario s)
    {
        List<TensorSet<T>> gradients = [.. s.GradientsOf<T>()];
        var whole = Run(s, s.Begin<T>(), gradients);
        for (int cut = 0; cut <= gradients.Count; cut++)
        {
            var first = Run(s, s.Begin<T>(), gradients.Take(cut));
            var copy = Parts.Copy(first);
            Same.Value(first, copy, "a state made of a state's parts");
            Same.Value(first.GetHashCode(), copy.GetHashCode(), "the hash code of a state made of a state's parts");

            // Another run by the same rule, which a rule that is data does not notice.
            Run(s, s.Begin<T>(), gradients.AsEnumerable().Reverse().Take(2).Select(g => g.Map(x => -x)));
            string where = FormattableString.Invariant($"of a run resumed after {cut} of {gradients.Count} steps");
            Same.Bits(whole, Run(s, first, gradients.Skip(cut)), where);
            Same.Bits(whole, Run(s, copy, gradients.Skip(cut)), where);
        }
    }

    /// <summary>In place from the second step on.</summary>
    private static OptimizerState<T> Run<T>(Scenario s, OptimizerState<T> start, IEnumerable<TensorSet<T>> gradients)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        gradients.Aggregate(start, (state, gradient) => s.Step(ReferenceEquals(state, start) ? state : state.Donate(), gradient));
}

internal sealed class ShapesLaw() : RuleLaw(15, "Slots and scalars keep their names, slots their shapes.")
{
    public override void Check<T>(Scenario s)
    {
        string[] declared = [.. s.Rule.DeclareSlots().Select(slot => slot.Name)];
        Layout[] layouts = [.. s.Rule.DeclareSlots().Select(slot => slot.LayoutFor(s.Layout))];
        OptimizerState<T> first = s.Begin<T>(), state = first;
        Same.Value(declared.Length, first.Slots.Count, "the number of slots");
        Same.Require(
            first.Slots.Keys.Zip(declared).All(pair => pair.First.StartsWith(pair.Second, StringComparison.Ordinal)),
            $"slots: declared are {string.Join(", ", declared)}, a state has {string.Join(", ", first.Slots.Keys)}");
        foreach (var gradient in s.GradientsOf<T>().Prepend(null))
        {
            state = gradient is null ? state : s.Step(state, gradient);
            Same.Values(first.Slots.Keys, state.Slots.Keys, "the names of slots");
            Same.Values(first.Scalars.Keys, state.Scalars.Keys, "the names of scalars");
            Same.Value(s.Layout, state.Parameters.Layout, "the layout of the parameters");
            Same.Values(layouts, state.Slots.Values.Select(slot => slot.Layout), "the layouts of slots");
        }
    }
}

/// <summary>A state's parts.</summary>
internal static class Parts
{
    /// <summary>A state from copies of a state's parts, as from a file.</summary>
    public static OptimizerState<T> Copy<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.Restore(
            state.Rule, state.StepCount, state.Parameters.Copy(),
            state.Slots.ToDictionary(slot => slot.Key, slot => slot.Value.Copy()), state.Scalars.ToDictionary(x => x.Key, x => x.Value));
}
