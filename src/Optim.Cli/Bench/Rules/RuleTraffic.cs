using System.Runtime.InteropServices;

namespace Optim.Cli.Bench.Rules;

/// <summary>
/// The bytes that a step of a rule must move: the gradient once, the parameters twice, and each slot twice in the share of steps that change it. Found out, not declared: a few steps are run, and the slots
/// compared bit by bit. A slot that a step leaves alone (the slow weights of a lookahead between two of its steps) counts nothing then.
/// </summary>
internal static class RuleTraffic
{
    // A matrix of the size that the rules are measured on, large enough to be factored, and a vector.
    private const int Elements = (256 * 256) + 100;

    // From the ninth step on the first steps of a run, which are different for some rules, are past.
    private const int Before = 8, Observed = 16;

    /// <summary>The bytes per element, in float32.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="elements">How many elements the slots' sizes are of, for slots that have a shape of their own.</param>
    public static double BytesPerElement(Rule rule, int elements)
    {
        var changing = SharesOfChangingSteps(rule);
        var layout = Shapes.Of(elements);
        double slots = rule.DeclareSlots().Zip(changing, (slot, share) => share * slot.LayoutFor(layout).Length).Sum();
        return sizeof(float) * (3 + (2 * slots / elements));
    }

    /// <summary>For each slot that the rule declares, in how many of its steps it changes, from 0 to 1.</summary>
    private static double[] SharesOfChangingSteps(Rule rule)
    {
        var layout = Shapes.Of(Elements);
        var random = new Random(1);
        var state = Optimizer.Init(rule, TensorSet.Generate(layout, _ => random.NextSingle() - 0.5f));
        double[] changes = new double[state.Slots.Count];
        for (int step = 0; step < Before + Observed; step++)
        {
            // A maximum changes where gradients grow, and a projection moves what is drawn away from it.
            float size = 1 + (0.1f * step);
            var next = StepInput.Step(state, TensorSet.Generate(layout, _ => size * (random.NextSingle() - 0.5f)));
            if (step >= Before)
            {
                int slot = 0;
                foreach (var (before, after) in state.Slots.Values.Zip(next.Slots.Values))
                {
                    changes[slot++] += BitsOf(before).SequenceEqual(BitsOf(after)) ? 0 : 1.0 / Observed;
                }
            }

            state = next;
        }

        return changes;
    }

    private static ReadOnlySpan<int> BitsOf(TensorSet<float> set) => MemoryMarshal.Cast<float, int>(set.Span);
}
