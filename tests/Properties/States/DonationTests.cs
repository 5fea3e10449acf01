using System.Numerics;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>A donated state, and every view of it, is refused after its step; sharing is never broken.</summary>
public class DonationTests
{
    public static IEnumerable<object[]> Lengths => new[] { 0, 3, 5000, 40_000, 140_000 }.Select(n => new object[] { n });

    [Theory]
    [MemberData(nameof(Lengths))]
    public void After_the_step_the_donated_state_and_every_view_of_it_are_refused(int length)
    {
        var state = Stepped<double>(new Adam(), length);
        var donated = state.Donate();
        var (parameters, tensor, slots, slot) = (state.Parameters, state.Parameters[0], state.Slots, state.Slots["exp_avg"]);
        var next = donated.Step(Set<double>(length, 9)).Item1;
        Action[] uses =
        [
            () => _ = state.Parameters, () => _ = donated.Parameters, () => _ = state.Slots, () => _ = donated.Scalars, () => _ = state.EvaluationParameters,
            () => state.Donate(), () => state.WithRule(new Adam()), () => state.WithMaxThreads(1), () => state.Step(Set<double>(length, 1)),
            () => donated.Step(Set<double>(length, 1)), () => _ = state.GetHashCode(),
        ];
        Action[] views =
        [
            () => _ = parameters.Span, () => parameters.ToArray(), () => parameters.Norm(), () => _ = parameters + parameters, () => _ = tensor.Span,
            () => tensor.ToVector(), () => _ = slot.Span, () => _ = slots["exp_avg_sq"].Span, () => parameters.Copy(), () => _ = parameters.GetHashCode(),
        ];
        foreach (var use in length == 0 ? uses : [.. uses, .. views])
        {
            Assert.Contains("donated", Assert.Throws<InvalidOperationException>(use).Message, StringComparison.Ordinal);
        }

        Assert.Equal("OptimizerState (donated)", state.ToString());
        Assert.True(next.Parameters.Length == length && next.StepCount == state.StepCount + 1);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_step_that_fails_leaves_the_donated_state_as_it_was(int length)
    {
        // Each error comes later than the one before: on entry, while preparing, and after the slots were computed.
        var last = new Sgd { Momentum = 0.9, LearningRate = Schedule.Table([1, 1, 1, -1]) };
        var rule = new Chain(new ScaleByAdam(), new ClipByGlobalNorm { ErrorIfNonFinite = true }, last);
        var state = Stepped<float>(rule, length);
        var copy = Copy(state);
        var donated = state.Donate();
        Assert.Throws<ArgumentException>(() => donated.Step(Set<float>(length + 1, 1)));
        if (length > 0)
        {
            Assert.Throws<ArithmeticException>(() => donated.Step(TensorSet.Filled(state.Parameters.Layout, float.NaN)));
        }

        Assert.Equal(copy, state);
        Assert.Equal(copy, donated);
        var third = donated.Step(Set<float>(length, 5)).Item1;
        Same.Bits(copy.Step(Set<float>(length, 5)).Item1, third);
        var end = third.Step(Set<float>(length, 6)).Item1.Donate();
        copy = Copy(end);
        Assert.Throws<ArgumentOutOfRangeException>(() => end.Step(Set<float>(length, 7)));
        Assert.Equal(copy, end);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_parameters_that_Init_was_given_survive(int length)
    {
        var start = Set<double>(length, 1);
        var copy = start.Copy();
        var a = Optimizer.Init(new Sgd(), start);
        var b = Optimizer.Init(new Adam(), start).Donate().Step(Set<double>(length, 2)).Item1;
        a = a.Donate().Step(Set<double>(length, 3)).Item1.Donate().Step(Set<double>(length, 4)).Item1;
        b.Donate().Step(Set<double>(length, 5));
        Assert.Equal(copy, start);
        Assert.Equal(2, a.StepCount);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void No_donation_changes_a_state_that_shares_its_memory(int length)
    {
        var state = Stepped<double>(new Adam(), length);
        OptimizerState<double>[] relatives =
        [
            state.WithMaxThreads(1), state.WithRule(new Adam { LearningRate = 0.5 }), Optimizer.Init(new Adam(), state.Parameters),
            Optimizer.Restore(state.Rule, 7, state.Parameters, state.Slots, state.Scalars), state,
        ];
        OptimizerState<double>[] copies = [.. relatives.Select(Copy)];
        for (int i = 0; i < relatives.Length; i++)
        {
            var next = relatives[i].Donate().Step(Set<double>(length, i)).Item1;
            next = next.Donate().Step(Set<double>(length, i + 1)).Item1;
            Assert.Equal(copies[i].StepCount + 2, next.StepCount);
            for (int j = i + 1; j < relatives.Length; j++)
            {
                Assert.Equal(copies[j].Parameters, relatives[j].Parameters);
                Assert.Equal(copies[j], Copy(relatives[j]));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_gradient_may_be_the_state_itself(int length)
    {
        // Stepped anew each time: only memory that nothing shares is written in place.
        OptimizerState<double> byParameters = Stepped(), bySlot = Stepped();
        var expected = byParameters.Step(byParameters.Parameters.Copy()).Item1;
        Assert.Equal(expected, byParameters.Donate().Step(byParameters.Parameters).Item1);
        expected = bySlot.Step(bySlot.Slots["momentum_buffer"].Copy()).Item1;
        Assert.Equal(expected, bySlot.Donate().Step(bySlot.Slots["momentum_buffer"]).Item1);

        OptimizerState<double> Stepped() => DonationTests.Stepped<double>(new Sgd { Momentum = 0.5 }, length);
    }

    [Fact]
    public void A_state_is_donated_once()
    {
        var state = Stepped<double>(new Adam(), 10);
        OptimizerState<double> first = state.Donate(), second = state.Donate();
        first.Step(Set<double>(10, 1));
        Assert.Throws<InvalidOperationException>(() => second.Step(Set<double>(10, 1)));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_disposed_state_is_refused_and_what_it_shared_lives(int length)
    {
        var start = Set<double>(length, 1);
        var copy = start.Copy();
        var state = Optimizer.Init(new Adam(), start);
        var relative = state.WithMaxThreads(2);
        state.Dispose();
        state.Dispose();
        Assert.Throws<InvalidOperationException>(() => state.Parameters);
        Assert.Equal(copy, start);
        Assert.Equal(copy, relative.Parameters);
        Assert.All(relative.Slots.Values, slot => Assert.All(slot.ToArray(), x => Assert.Equal(0, x)));
        var donated = relative.Donate();
        donated.Step(start);
        relative.Dispose();
        donated.Dispose();
        Assert.Equal(copy, start);
    }

    private static OptimizerState<T> Stepped<T>(Rule rule, int length)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Optimizer.Init(rule, Set<T>(length, 1)).Step(Set<T>(length, 2)).Item1;

    private static TensorSet<T> Set<T>(int length, int seed)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var draw = new Draw(seed, 100);
        return TensorSet.Generate(Layout.OfVector(length), _ => T.CreateTruncating(draw.Plain()));
    }

    private static OptimizerState<T> Copy<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> => Optimizer.Restore(
            state.Rule, state.StepCount, state.Parameters.Copy(), state.Slots.ToDictionary(s => s.Key, s => s.Value.Copy()), state.Scalars);
}
