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
        // A rule that decomposes matrices takes too long on sets as large as those.
        int[] beside = rule is "shampoo" or "soap" ? [] : [1];
        Edges<float>(rule, beside);
        Edges<double>(rule, beside);
    }

    [SoakTheory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Every_edge_of_block_chunk_and_pool_and_of_streamed_memory_equals_the_plain_sweep(string rule)
    {
        Edges<float>(rule, [-1, 0, 1]);
        Edges<double>(rule, [-1, 0, 1]);
    }

    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void The_number_of_threads_does_not_show(string rule) => Threads(rule, cases: 1);

    [SoakTheory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void The_number_of_threads_does_not_show_in_ten_cases(string rule) => Threads(rule, cases: 10);

    [Fact]
    public void A_large_case_has_matrices_but_none_whose_sides_take_minutes_to_decompose()
    {
        var tensors = Enumerable.Range(0, 200).SelectMany(seed => ThreadsLaw.Large(new Draw(seed, 100), new Identity()).Layout).ToList();
        var matrices = tensors.Where(tensor => tensor.Dimensions.Count > 1).ToList();
        Assert.InRange(matrices.Count, tensors.Count / 10, tensors.Count);
        Assert.All(matrices, tensor => Assert.InRange(tensor.Dimensions.Max(), 2, Scenario.MostSide));
    }

    [Fact]
    public void The_number_of_threads_does_not_show_in_a_chain_with_barriers_that_is_too_long_to_fuse()
    {
        var padding = new Chain([.. Enumerable.Repeat(new Scale(0.5), 9)]);
        var chain = new Chain(
            new ClipByGlobalNorm(0.5), new ScaleByAdam(), new ClipByGlobalNorm { NormType = 3 }, padding, new ClipByValue(1e-3), new Sgd { Momentum = 0.9 });
        new ThreadsLaw().Holds(ThreadsLaw.Large(new Draw(1, 100), chain));
    }

    private static void Threads(string rule, int cases)
    {
        for (int i = 0; i < cases; i++)
        {
            var draw = new Draw(Seed.Of($"{rule} {i}"), 100);
            new ThreadsLaw().Holds(ThreadsLaw.Large(draw, AnyRule.Of(draw, RuleRegistry.Find(rule)!)));
        }
    }

    /// <param name="rule">The rule's name.</param>
    /// <param name="beside">How far from the edge of streamed memory: sets of that size take most of the time.</param>
    private static unsafe void Edges<T>(string rule, int[] beside)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] edges = [Executor.BlockBytes / sizeof(T), Pooled / sizeof(T), OneChunk, 2 * OneChunk];
        foreach (int length in edges.SelectMany(edge => new[] { edge - 1, edge, edge + 1 }).Concat(beside.Select(by => (Streamed / sizeof(T)) + by)))
        {
            var state = Optimizer.Init(AnyRule.Of(new Draw(Seed.Of($"{rule} {length}"), 100), RuleRegistry.Find(rule)!), Set<T>(Layout.OfVector(length), 1));
            for (int step = 0; step < 2; step++)
            {
                var gradient = Set<T>(state.Parameters.Layout, step + 2);
                var expected = PlainExecutor.Step(state, gradient);
                state = state.Step(gradient).Item1;
                Same.Bits(expected, state);
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
