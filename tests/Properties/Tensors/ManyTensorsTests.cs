using System.Globalization;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Tensors;

/// <summary>10,000 tiny tensors, and one of 10^8 elements; alone, since the latter takes a gigabyte.</summary>
[Collection(nameof(Memory))]
public class ManyTensorsTests
{
    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Ten_thousand_tiny_tensors_are_one_vector(string name)
    {
        const int Count = 10_000;
        var layout = Layout.OfSequence(Enumerable.Range(0, Count).Select(i => new TensorShape("t" + i.ToString(CultureInfo.InvariantCulture), i % 3)));
        var rule = RuleRegistry.Find(name)!.Create();
        OptimizerState<double> many = Optimizer.Init(rule, Set(layout, 1)), one = Optimizer.Init(rule, Set(Layout.OfVector(layout.Length), 1));
        for (int step = 2; step < 5; step++)
        {
            many = many.Step(Set(layout, step)).Item1;
            one = one.Step(Set(one.Parameters.Layout, step)).Item1;
        }

        Assert.Equal(Count, many.Parameters.Count);
        Assert.Equal(many.Parameters["t9998"].ToArray(), many.Parameters.Span[^2..].ToArray());
        if (RuleRegistry.Find(name)!.IsPerTensor)
        {
            return;
        }

        Same.Close(one.Parameters.ToArray(), many.Parameters.ToArray(), RuleRegistry.Find(name)!.IsElementwise ? 0 : 1e-14, 1);
    }

    [Theory]
    [MemberData(nameof(RuleNames.PerTensor), MemberType = typeof(RuleNames))]
    public void Each_tensor_of_a_rule_by_tensors_stands_alone(string name)
    {
        var layout = Layout.Of(
            new TensorShape("matrix", 5, 3), new TensorShape("vector", 7), new TensorShape("scalar"), new TensorShape("none", 0, 4), new TensorShape("cube", 2, 3, 4),
            new TensorShape("row", 1, 6), new TensorShape("column", 6, 1));
        for (int seed = 0; seed < 10; seed++)
        {
            var rule = seed == 0 ? RuleRegistry.Find(name)!.Create() : AnyRule.Of(new Draw(seed, 100), RuleRegistry.Find(name)!);

            // Beside matrices, the point that such a fallback sets becomes an update, which rounds.
            rule = rule is Muon muon && muon.Fallback.DeclareSlots().Any(slot => slot.FromParameters) ? muon.WithFallback(new AdamW()) : rule;
            rule = rule is Lamb lamb ? lamb.WithMaxGradientNorm(0) : rule;
            var together = Optimizer.Fold(Optimizer.Init(rule, Set(layout, 1)), [Set(layout, 2), Set(layout, 3), Set(layout, 4)]);
            foreach (var shape in layout)
            {
                var alone = Optimizer.Init(rule, TensorSet.OfTensors(Set(layout, 1)[shape.Name]));
                for (int step = 2; step < 5; step++)
                {
                    alone = alone.Step(TensorSet.OfTensors(Set(layout, step)[shape.Name])).Item1;
                }

                Same.Bits(alone.Parameters.Span, together.Parameters[shape.Name].Span, shape.Name);
            }
        }
    }

    [Fact]
    public void A_hundred_million_elements_step_in_place()
    {
        const int Length = 100_000_000;
        var layout = Layout.OfVector(Length);
        var gradient = TensorSet.Filled(layout, 0.5f);
        var first = Optimizer.Init(new Sgd { LearningRate = 0.5 }, TensorSet.Filled(layout, 1f));

        // Init shares the caller's memory, so this step writes new memory and the next one writes in place.
        var second = first.Donate().Step(gradient).Item1;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var third = second.Donate().Step(gradient).Item1;
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20, "the step in place allocated");
        foreach (int i in new[] { 0, 1, Length / 2, Length - 1 })
        {
            Assert.Equal(0.5f, third.Parameters.Span[i]);
        }

        Assert.Equal(-1, third.Parameters.Span.IndexOfAnyExcept(0.5f));
        third.Dispose();
        Assert.Throws<InvalidOperationException>(() => third.Parameters);
    }

    private static TensorSet<double> Set(Layout layout, int seed)
    {
        var draw = new Draw(seed, 100);
        return TensorSet.Generate(layout, _ => draw.Plain());
    }
}

/// <summary>Tests that take much memory or count it: one after the other, and beside no others.</summary>
[CollectionDefinition(nameof(Memory), DisableParallelization = true)]
public sealed class Memory;
