using System.Numerics;
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>The chance that slots in fewer bits are rounded by: another one at each step, a flush included, and the same whichever way a formula reaches a slot.</summary>
public class SlotRoundingTests
{
    private const int Length = 4_000;

    // Halfway between two numbers of 16 bits.
    private const float Halfway = 1 + (1f / 256);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_flush_is_rounded_by_another_chance_than_the_gradient_after_it(bool isElementwise)
    {
        // Two gradients to the first step, one to each that follows; the slot is the last gradient.
        Rule last = isElementwise
            ? new Sgd { LearningRate = 1, Momentum = 1e-30 }
            : new TensorRule("last", ["momentum_buffer"], t => t.Update(t.Gradient).Keep("momentum_buffer", t.Gradient));
        var rule = new AccumulateOnSchedule(last, Schedule.Constant(2).Then(1, 1));
        var layout = Layout.OfVector(Length);
        var gradient = TensorSet.Filled(layout, Halfway);
        float[] parameters = new float[Length], slope = gradient.ToArray();
        using var inPlace = new InPlaceState<float>(rule, layout, [parameters], [slope]);
        inPlace.SetSlotFormat(SlotFormat.BFloat16Stochastic, "momentum_buffer");
        var state = Optimizer.Init(rule, TensorSet.Filled(layout, 0f)).WithSlotFormat(SlotFormat.BFloat16Stochastic, "momentum_buffer");

        var flushed = Optimizer.Flush(state.Step(gradient).Item1).Item1;
        var after = flushed.Step(gradient).Item1;
        Assert.Equal((1L, 2L), (flushed.StepCount, after.StepCount));
        float[] one = flushed.Slots["momentum_buffer"].ToArray(), other = after.Slots["momentum_buffer"].ToArray();
        Assert.Equal([1f, 1 + (1f / 128)], one.Concat(other).Distinct().Order());

        // Fair coins agree half the time: within 6 standard deviations.
        Assert.InRange(one.Zip(other).Count(pair => pair.First == pair.Second), (Length / 2) - (3 * Math.Sqrt(Length)), (Length / 2) + (3 * Math.Sqrt(Length)));

        inPlace.Step();
        inPlace.Flush();
        Same.Bits(flushed, inPlace.Snapshot());
        inPlace.Step();
        Same.Bits(after, inPlace.Snapshot());
        Same.Bits(after, Optimizer.Flush(state.Step(gradient).Item1.Donate()).Item1.Donate().Step(gradient).Item1);
    }

    [Theory]
    [InlineData(SlotFormat.BFloat16Stochastic)]
    [InlineData(SlotFormat.Float8BlockStochastic)]
    public void Single_tensors_and_rules_on_some_of_them_round_as_a_sweep_over_all_does(SlotFormat format)
    {
        var layout = Layout.Of(new("a", 211, 7), new("none", 0), new("b", 5), new("c", 900));
        var random = new Random(4);
        var start = TensorSet.Generate(layout, _ => random.NextSingle() - 0.5f);
        var everywhere = Optimizer.Init(new ScaleByAdam().Then(new ScaleByMomentum()), start).WithSlotFormat(format);
        var oneByOne = Optimizer.Init(new ScaleByAdam().Then(new MomentumByTensor()), start).WithSlotFormat(format);
        var inGroups = Optimizer.Init(
            new ScaleByAdam().Then(new Partition(new ParameterGroup(TensorSelector.Named("a", "c"), new MomentumByTensor()), new ParameterGroup(TensorSelector.All, new ScaleByMomentum()))), start);
        inGroups = inGroups.WithSlotFormats(inGroups.SlotFormats.Keys.ToDictionary(name => name, _ => format));
        for (int step = 0; step < 4; step++)
        {
            var gradient = TensorSet.Generate(layout, _ => random.NextSingle() - 0.5f);
            everywhere = everywhere.Step(gradient).Item1;
            oneByOne = oneByOne.Step(gradient).Item1;
            inGroups = inGroups.Step(gradient).Item1;
            Same.Bits(everywhere, oneByOne);
            Same.Bits(everywhere.Parameters, inGroups.Parameters);
        }
    }

    /// <summary>Momentum that goes over one tensor at a time.</summary>
    private sealed record MomentumByTensor : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByMomentum().DeclareSlots();

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(1, context =>
        {
            for (int tensor = 0; tensor < context.Layout.Count; tensor++)
            {
                context.SweepTensor(new MomentumFormula<T>(0.9, 0, 1), tensor);
            }
        });
    }
}
