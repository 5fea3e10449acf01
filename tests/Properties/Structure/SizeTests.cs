using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Optim.Execution;
using Optim.Lanes;
using Optim.Properties.Checking;
using Optim.Tensors;
using Optim.Threading;
using Xunit;

namespace Optim.Properties.Structure;

/// <summary>Sizes at the end of what is allowed are handled, those beyond refused; and whether subnormal numbers are kept is known.</summary>
public class SizeTests
{
    [Fact]
    public void A_set_of_the_maximum_length_is_divided_into_chunks_and_leaves_that_cover_it()
    {
        int chunks = Chunks.CountFor(Layout.MaxLength), leaves = Reduction.LeafCount(Layout.MaxLength);
        Assert.InRange(((long)chunks * Chunks.ElementsEach) - Layout.MaxLength, 0, Chunks.ElementsEach - 1);
        Assert.InRange(((long)leaves * Reduction.LeafLength) - Layout.MaxLength, 0, Reduction.LeafLength - 1);
        Assert.Equal(65_536, Chunks.CountFor(int.MaxValue));
    }

    [Fact]
    public void A_stage_sweeps_every_element_of_the_longest_set()
    {
        Counting counting = new();
        Executor.Sweep([counting], default, Layout.OfVector(Layout.MaxLength), 0, Layout.MaxLength, threads: 2);
        Assert.Equal(Layout.MaxLength, counting.Elements);
    }

    [Fact]
    public void The_longest_array_of_the_pool_has_room_for_the_longest_set_and_its_alignment()
    {
        Assert.InRange(BufferPool<float>.RoundUp(Layout.MaxLength + 1024), Layout.MaxLength + 1024, Array.MaxLength);
        Assert.InRange(BufferPool<double>.RoundUp(Layout.MaxLength + 512), Layout.MaxLength + 512, Array.MaxLength);
    }

    [Fact]
    public void One_more_element_is_refused()
    {
        Assert.Equal(Layout.MaxLength, Layout.OfVector(Layout.MaxLength).Length);
        Assert.Throws<ArgumentException>(() => Layout.OfVector(Layout.MaxLength + 1));
        Assert.Throws<ArgumentException>(() => Layout.Of(new TensorShape("a", Layout.MaxLength), new TensorShape("b")));
    }

    [Theory]
    [MemberData(nameof(RuleNames.Every), MemberType = typeof(RuleNames))]
    public void A_tensor_without_elements_costs_nothing_whatever_its_other_dimension(string rule)
    {
        var entry = RuleRegistry.Find(rule)!;
        foreach (var shape in new[] { new TensorShape("a", int.MaxValue, 0), new TensorShape("a", 0, int.MaxValue) })
        {
            var none = TensorSet.Filled(Layout.Of(shape), 1.0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var state = Optimizer.Init(entry.Create(), none).WithMaxThreads(1);
            for (int step = 0; step < 2; step++)
            {
                state = Optimizer.Step(state, none, 1.0, none, entry.NeedsObjective ? at => Tuple.Create(0.0, at.Copy()) : null).Item1;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
        }
    }

    [UnixFact]
    public unsafe void A_thread_that_flushes_to_zero_is_known()
    {
        Assert.True(SubnormalNumbers.AreKept);
        if (!Sse2.IsSupported || !OperatingSystem.IsLinux())
        {
            return;
        }

        // The environment of x87, and MXCSR, whose bits 6 and 15 take subnormal operands and results for 0.
        uint* environment = stackalloc uint[8];
        Assert.Equal(0, GetEnvironment(environment));
        uint before = environment[7];
        environment[7] |= (1u << 6) | (1u << 15);
        _ = SetEnvironment(environment);
        bool kept = SubnormalNumbers.AreKept;
        environment[7] = before;
        _ = SetEnvironment(environment);
        Assert.False(kept);
        Assert.True(SubnormalNumbers.AreKept);
    }

    [DllImport("libm.so.6", EntryPoint = "fegetenv")]
    private static extern unsafe int GetEnvironment(uint* environment);

    [DllImport("libm.so.6", EntryPoint = "fesetenv")]
    private static extern unsafe int SetEnvironment(uint* environment);

    private sealed class Counting() : Stage<float>(0, 0, 1)
    {
        private long elements;

        public long Elements => Volatile.Read(ref elements);

        public override void Sweep(in SweepMemory<float> memory, nint start, nint end) => Interlocked.Add(ref elements, end - start);

        protected internal override Stage<float>? FuseBefore(Stage<float> next, StageCache<float>? cache) => null;

        protected internal override Stage<float>? FuseAfter<A>(A first, int firstSlot, int formulaCount, StageCache<float>? cache) => null;
    }
}
