using Optim.CSharp;
using Xunit;

namespace Optim.Distributed.Tests;

/// <summary>Slots in fewer bits keep their formats, and their bits, when a state is divided among ranks and put together again.</summary>
public class SlotFormatTests
{
    private static readonly Layout Tensors = Layout.Of(new("a", 7, 5), new("b", 20_000), new("c", 3_001));

    [Theory]
    [InlineData(SlotFormat.BFloat16Stochastic)]
    [InlineData(SlotFormat.Float8Block)]
    [InlineData(SlotFormat.Float8BlockStochastic)]
    public void A_divided_state_steps_and_gathers_with_the_formats_and_bits_of_the_whole(SlotFormat format)
    {
        var rule = new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = 0.01 });
        var start = Optimizer.Init(rule, Numbers(1)).WithSlotFormats(new Dictionary<string, SlotFormat> { ["exp_avg"] = format, ["exp_avg_sq"] = SlotFormat.Float8BlockStochastic });
        start = Optimizer.Step(start, Numbers(2)).Item1;
        var expected = Optimizer.Step(Optimizer.Step(start, Numbers(3)).Item1, Numbers(4)).Item1;
        foreach (int size in (int[])[1, 2, 3])
        {
            Assert.All(LocalCommunicator.Run(size, ranks => Stepped(ranks, rule, start)), state =>
            {
                Assert.Equal(expected.SlotFormats, state.SlotFormats);
                Assert.Equal(expected.Parameters, state.Parameters);
                Assert.All(expected.Slots, slot => Assert.Equal(slot.Value, state.Slots[slot.Key]));
            });
        }
    }

    private static OptimizerState<float> Stepped(ICommunicator ranks, Rule rule, OptimizerState<float> start)
    {
        Parameter<float>[] parameters = [.. Tensors.Select(shape => new Parameter<float>(shape, new float[shape.Length], new float[shape.Length]))];
        using var optimizer = new ShardedOptimizer<float>(ranks, rule, parameters);
        optimizer.Load(start);
        foreach (int seed in (int[])[3, 4])
        {
            var gradient = Numbers(seed);
            optimizer.Evaluate(16, (_, _) =>
            {
                foreach (var (parameter, tensor) in parameters.Zip(gradient))
                {
                    tensor.Span.CopyTo(parameter.Gradient.Span);
                }

                return 1;
            });
            optimizer.Step(1);
        }

        return optimizer.GatherState();
    }

    // In steps of 1/256, whose sums over the shards of a batch are exact.
    private static TensorSet<float> Numbers(int seed)
    {
        var random = new Random(seed);
        return TensorSet.Generate(Tensors, _ => random.Next(-256, 256) / 256f);
    }
}
