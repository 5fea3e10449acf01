using System.Numerics;
using FsCheck;
using Optim.Execution;

namespace Optim.Laws;

internal sealed class PlainSweepLaw() : RuleLaw(5, "Fused, in blocks and at any width a step gives the bits of formula after formula, element by element.")
{
    public override void Check<T>(Scenario s)
    {
        var state = s.Begin<T>();
        foreach (var gradient in s.GradientsOf<T>())
        {
            var expected = PlainExecutor.Step(state, gradient, s.LossFor(state.StepCount), s.HessianDiagonalFor(gradient));
            state = s.Step(state, gradient);
            Same.Bits(expected, state);
        }
    }
}

internal sealed class ThreadsLaw() : RuleLaw(8, "One, two and three threads give the same bits.")
{
    /// <summary>The elements per chunk; a test compares it with the library's number.</summary>
    public const int ChunkLength = 1 << 15;

    private const int Steps = 3;

    private static readonly int[] Counts = [1, 2, 3];

    public override int CasesPerHundred => 6;

    public override Arbitrary<Scenario> CasesFor(Subject subject)
    {
        var cases = Cases.Of(draw => Large(draw, subject.Draw(draw)) with { Needs = subject.Needs }, s => s.Shrink(1, _ => [], anyNumber: false));
        return cases;
    }

    /// <summary>A set of several chunks, so that threads share work.</summary>
    public static Scenario Large(Draw draw, Rule rule)
    {
        int[] lengths = [(draw.Integer(2, 5) * ChunkLength) + draw.Integer(-1, 17), 0, 3 * (ChunkLength + draw.Integer(0, 1))];
        double[][] numbers = [.. Enumerable.Range(0, Steps + 1).Select(_ => draw.Numbers(lengths.Sum(), draw.Plain))];
        return new(rule, lengths, numbers[0], numbers[1..]);
    }

    public override void Check<T>(Scenario s)
    {
        var states = Counts.Select(threads => s.Begin<T>().WithMaxThreads(threads)).ToArray();
        int step = 0;
        foreach (var gradient in s.GradientsOf<T>())
        {
            // Every second step in place, the others not.
            step++;
            states = [.. states.Select(state => s.Step(step % 2 == 0 ? state.Donate() : state, gradient))];
            Same.Bits(states[0], states[1], "with two threads");
            Same.Bits(states[0], states[2], "with three threads");
        }
    }
}

/// <summary>A law about elementwise rules.</summary>
internal abstract class ElementwiseLaw(int number, string statement) : RuleLaw(number, statement)
{
    public sealed override bool? IsAbout(LawOptions options) => options.IsElementwise;

    public sealed override string KindOption => nameof(LawOptions.IsElementwise);
}

internal sealed class PermutationLaw() : ElementwiseLaw(9, "Permuting the elements permutes the result.")
{
    public override void Check<T>(Scenario s)
    {
        int[] order = [.. Enumerable.Range(0, s.Start.Length).OrderBy(i => (i * 7919L) % 1009).ThenByDescending(i => i)];
        var permuted = s.Only(s.Lengths, Permute);
        Same.Bits<T>(Permute(s.Run<T>().Parameters.ToArray()), permuted.Run<T>().Parameters.Span, "parameters of permuted elements");

        E[] Permute<E>(E[] values) => [.. order.Select(i => values[i])];
    }
}

internal sealed class FlatLaw() : ElementwiseLaw(10, "It does not matter where one tensor ends and the next begins.")
{
    public override void Check<T>(Scenario s) =>
        Same.Bits(s.Flat().Run<T>().Parameters.Span, s.Run<T>().Parameters.Span, "parameters of the same elements in several tensors");
}

internal sealed class AloneLaw() : ElementwiseLaw(10, "Each element, alone, goes the same way.")
{
    public override int CasesPerHundred => 50;

    public override void Check<T>(Scenario s)
    {
        var together = s.Run<T>();
        for (int i = 0; i < s.Start.Length; i += 1 + (s.Start.Length / 20))
        {
            var alone = s.Only([1], x => [x[i]]).Run<T>();
            string which = FormattableString.Invariant($" of element {i} alone");
            Same.Bits(alone.Parameters.Span, together.Parameters.Span.Slice(i, 1), "parameter" + which);
            foreach (var (single, all) in alone.Slots.Zip(together.Slots))
            {
                Same.Value(s.Start.Length, all.Value.Length, $"the number of elements of slot {all.Key}");
                Same.Bits(single.Value.Span, all.Value.Span.Slice(i, 1), $"slot {all.Key}{which}");
            }
        }
    }
}
