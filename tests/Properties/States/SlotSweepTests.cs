using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.States;

/// <summary>The ways of sweeping over slots in fewer bits: loops that read and write codes themselves, and such that go block by block.</summary>
public class SlotSweepTests
{
    [Theory]
    [InlineData(SlotFormat.BFloat16, SlotFormat.BFloat16)]
    [InlineData(SlotFormat.BFloat16, SlotFormat.Full)]
    [InlineData(SlotFormat.Full, SlotFormat.BFloat16)]
    [InlineData(SlotFormat.BFloat16, SlotFormat.Float8Block)]
    [InlineData(SlotFormat.Float8Block, SlotFormat.Full)]
    [InlineData(SlotFormat.Float8Block, SlotFormat.Float8Block)]
    public void A_step_of_any_length_and_any_numbers_is_the_step_in_full_between_codes(SlotFormat first, SlotFormat second)
    {
        float[] specials = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, -1e-41f, -0f, 1e-20f, -1e-30f];
        var formats = new Dictionary<string, SlotFormat> { ["exp_avg"] = first, ["exp_avg_sq"] = second };
        var full = formats.Keys.ToDictionary(name => name, _ => SlotFormat.Full);
        for (int length = 0; length <= 600; length++)
        {
            var random = new Random(length);
            var layout = Layout.Of(new TensorShape("a", length / 3), new TensorShape("b", length - (length / 3)));
            var start = TensorSet.Generate(layout, _ => random.NextSingle() - 0.5f);
            var state = Optimizer.Init(new AdamW { WeightDecay = 0.1 }, start).WithSlotFormats(formats);
            var donated = Optimizer.Init(new AdamW { WeightDecay = 0.1 }, start).WithSlotFormats(formats);
            for (int step = 0; step < 2; step++)
            {
                var gradient = TensorSet.Generate(layout, i => length % 2 == 1 && i % 11 == 5 ? specials[random.Next(specials.Length)] : random.NextSingle() - 0.5f);
                var expected = Optimizer.Step(state.WithSlotFormats(full), gradient).Item1.WithSlotFormats(formats);
                state = Optimizer.Step(state, gradient).Item1;
                donated = Optimizer.Step(donated.Donate(), gradient).Item1;
                Same.Bits(expected, state);
                Same.Bits(state, donated);
            }
        }
    }

    /// <summary>Large enough that a step into new memory writes past the caches.</summary>
    [Theory]
    [InlineData(SlotFormat.BFloat16, SlotFormat.BFloat16)]
    [InlineData(SlotFormat.BFloat16, SlotFormat.Full)]
    [InlineData(SlotFormat.BFloat16, SlotFormat.Float8Block)]
    public void A_step_past_the_caches_is_the_step_in_place(SlotFormat first, SlotFormat second)
    {
        const int Length = 700_003;
        var formats = new Dictionary<string, SlotFormat> { ["exp_avg"] = first, ["exp_avg_sq"] = second };
        var random = new Random(2);
        var gradient = TensorSet.Generate(Layout.OfVector(Length), _ => random.NextSingle() - 0.5f);
        var state = Optimizer.Init(new AdamW(), gradient).WithSlotFormats(formats);
        var pure = Optimizer.Step(state, gradient).Item1;
        var full = Optimizer.Step(state.WithSlotFormats(formats.Keys.ToDictionary(name => name, _ => SlotFormat.Full)), gradient).Item1.WithSlotFormats(formats);
        Same.Bits(full, pure);
        Same.Bits(Optimizer.Step(pure, gradient).Item1, Optimizer.Step(pure.WithMaxThreads(3).Donate(), gradient).Item1);
    }
}
