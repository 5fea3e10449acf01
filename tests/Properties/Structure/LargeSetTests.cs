using System.Numerics;
using Optim.Execution;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>Law 8 in one process, and laws 4 and 5 where a set spans blocks, chunks, threads, pooled and streamed memory.</summary>
public class LargeSetTests
{
    private const int OneChunk = Executor.ChunkLength, Pooled = 32 * 1024, Streamed = 1 << 20;

    /// <summary>Each rule has its own of the lengths around each edge, and its own type for the longest; the soak has all.</summary>
    [Theory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Every_edge_of_block_chunk_and_pool_equals_the_plain_sweep(string rule)
    {
        var draw = new Draw(Seed.Of($"{rule}"), 100);
        // A rule that decomposes matrices takes too long on sets as large as the longest.
        bool isLong = rule is not ("shampoo" or "soap"), isDouble = draw.OneIn(2);
        Edges<float>(rule, [.. EdgesOf<float>().Select(edge => edge + draw.Integer(-1, 1)), .. isLong && !isDouble ? new[] { (Streamed / sizeof(float)) + 1 } : []]);
        Edges<double>(rule, [.. EdgesOf<double>().Select(edge => edge + draw.Integer(-1, 1)), .. isLong && isDouble ? new[] { (Streamed / sizeof(double)) + 1 } : []]);
    }

    [SoakTheory]
    [MemberData(nameof(RuleNames.All), MemberType = typeof(RuleNames))]
    public void Every_length_beside_an_edge_of_block_chunk_and_pool_and_of_streamed_memory_equals_the_plain_sweep(string rule)
    {
        Edges<float>(rule, [.. EdgesOf<float>().Append(Streamed / sizeof(float)).SelectMany(edge => new[] { edge - 1, edge, edge + 1 })]);
        Edges<double>(rule, [.. EdgesOf<double>().Append(Streamed / sizeof(double)).SelectMany(edge => new[] { edge - 1, edge, edge + 1 })]);
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
        var tensors = Enumerable.Range(0, 60).SelectMany(seed => ThreadsLaw.Large(new Draw(seed, 100), new Identity()).Layout).ToList();
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

    private static unsafe int[] EdgesOf<T>()
        where T : unmanaged => [Executor.BlockBytes / sizeof(T), Pooled / sizeof(T), OneChunk, 2 * OneChunk];

    private static void Edges<T>(string rule, int[] lengths)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (int length in lengths)
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
