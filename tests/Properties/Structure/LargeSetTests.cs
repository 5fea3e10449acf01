using System.Numerics;
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>Law 8 in one process, and laws 4 and 5 where a set spans blocks, chunks, threads, pooled and streamed memory.</summary>
public class LargeSetTests
{
    private const int OneChunk = Executor.ChunkLength, Pooled = 32 * 1024, Streamed = 1 << 20;

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Every_edge_of_block_chunk_and_pool_equals_the_plain_sweep(string rule)
    {
        Edges<float>(rule);
        Edges<double>(rule);
    }

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void The_number_of_threads_does_not_show(string rule)
    {
        Threads<float>(rule);
        Threads<double>(rule);
    }

    [Fact]
    public void The_number_of_threads_does_not_show_in_a_chain_with_barriers_that_is_too_long_to_fuse()
    {
        var padding = new Chain([.. Enumerable.Repeat(new Scale(0.5), 9)]);
        var chain = new Chain(
            new ClipByGlobalNorm(0.5), new ScaleByAdam(), new ClipByGlobalNorm { NormType = 3 }, padding, new ClipByValue(1e-3), new Sgd { Momentum = 0.9 });
        Threads<float>(chain);
        Threads<double>(chain);
    }

    private static void Threads<T>(string rule)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int seed = 0; seed < 2; seed++)
        {
            Threads<T>(AnyRule.Of(new Draw(seed, 100), RuleRegistry.Find(rule)!));
        }
    }

    private static void Threads<T>(Rule rule)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var layout = Layout.Of(new TensorShape("a", (5 * OneChunk) + 17), new TensorShape("none", 0), new TensorShape("b", 3, OneChunk + 1));
        var states = new[] { 1, 2, 3 }.Select(threads => Optimizer.Init(rule, Set<T>(layout, 1)).WithMaxThreads(threads)).ToArray();
        for (int step = 0; step < 3; step++)
        {
            var gradient = Set<T>(layout, step + 2);
            // The second step in place, the others not.
            states = [.. states.Select(state => (step == 1 ? state.Donate() : state).Step(gradient).Item1)];
            Assert.All(states[1..], state => Same.Bits(states[0], state));
        }
    }

    private static unsafe void Edges<T>(string rule)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] edges = [Executor.BlockBytes / sizeof(T), Pooled / sizeof(T), OneChunk, 2 * OneChunk, Streamed / sizeof(T)];
        foreach (int length in edges.SelectMany(edge => new[] { edge - 1, edge, edge + 1 }))
        {
            var state = Optimizer.Init(AnyRule.Of(new Draw(length, 100), RuleRegistry.Find(rule)!), Set<T>(Layout.OfVector(length), 1));
            for (int step = 0; step < 2; step++)
            {
                var gradient = Set<T>(state.Parameters.Layout, step + 2);
                var (parameters, slots) = PlainExecutor.Step(state, gradient);
                state = state.Step(gradient).Item1;
                Same.Bits(parameters, state.Parameters.Span, "parameters");
                foreach (var (expected, actual) in slots.Zip(state.Slots.Values))
                {
                    Same.Bits(expected, actual.Span, "slot");
                }
            }
        }
    }

    private static TensorSet<T> Set<T>(Layout layout, int seed)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var draw = new Draw(seed, 100);
        return TensorSet.Generate(layout, _ => T.CreateTruncating(draw.Plain()));
    }
}
