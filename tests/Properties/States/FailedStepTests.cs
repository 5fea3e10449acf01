using System.Runtime.InteropServices;
using Optim.CSharp;
using Optim.Execution;
using Optim.Lanes;
using Xunit;

namespace Optim.Properties.States;

/// <summary>A step that throws leaves everything as it was; one that throws while it writes leaves nothing that can be read.</summary>
public class FailedStepTests
{
    private const int Length = 300_000;

    private static readonly TensorSet<float> Ones = TensorSet.Filled(Layout.OfVector(Length), 1f);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_formula_that_throws_midway_ends_a_donated_state_and_no_other(int threads)
    {
        var rule = new Failing(new Fuse());
        var state = Optimizer.Init(rule, Ones).WithMaxThreads(threads).Step(Ones).Item1;
        var copy = Optimizer.Restore(rule, state.StepCount, state.Parameters.Copy(), state.Slots.ToDictionary(slot => slot.Key, slot => slot.Value.Copy()), state.Scalars);
        var (parameters, slot) = (state.Parameters, state.Slots["sum"]);
        rule.Fuse.Left = 1000;
        Assert.Throws<FormatException>(() => state.Step(Ones));
        Assert.Equal(copy, state);

        rule.Fuse.Left = 1000;
        Assert.Throws<FormatException>(() => state.Donate().Step(Ones));
        foreach (var access in new Action[] { () => _ = state.Parameters, () => _ = state.Slots, () => state.Donate().Step(Ones), () => _ = parameters.Span, () => parameters.Norm(), () => slot.Copy() })
        {
            Assert.Contains("half updated", Assert.Throws<InvalidOperationException>(access).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Work_that_throws_before_it_writes_leaves_a_donated_state_as_it_was()
    {
        var rule = new ClipByGlobalNorm(1) { ErrorIfNonFinite = true }.Then(new Adam());
        var state = Optimizer.Init(rule, Ones).Step(Ones).Item1;
        var expected = state.Step(Ones).Item1;
        Assert.ThrowsAny<Exception>(() => state.Donate().Step(TensorSet.Filled(Ones.Layout, float.NaN)));
        Assert.Equal(expected, state.Donate().Step(Ones).Item1);
    }

    [Fact]
    public void Work_that_throws_after_it_has_written_a_slot_ends_a_donated_state()
    {
        var rule = new FailingWork(new Fuse());
        var state = Optimizer.Init(rule, Ones).Step(Ones).Item1;
        rule.Fuse.Left = 1;
        Assert.Throws<FormatException>(() => state.Donate().Step(Ones));
        Assert.Throws<InvalidOperationException>(() => state.Parameters);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Native_memory_that_is_gone_stops_a_step_in_place_before_it_writes(bool gradient, bool shrunk)
    {
        foreach (var rule in new Rule[] { new Adam { LearningRate = 0.1 }, new ClipByGlobalNorm(1).Then(new Adam { LearningRate = 0.1 }), new Lookahead(new Sgd { LearningRate = 0.1, Momentum = 0.9 }) })
        {
            using Native values = new(Length), gradients = new(Length);
            var first = Parameter.Of("a", new float[Length]);
            Parameter<float> second = new(new TensorShape("b", Length), values.Memory, gradients.Memory);
            first.Gradient.Span.Fill(1);
            second.Gradient.Span.Fill(1);
            using var optimizer = InPlaceOptimizer.Create(rule, first, second);
            optimizer.Step();
            var before = optimizer.Snapshot();
            var gone = gradient ? gradients : values;
            gone.Left = shrunk ? Length / 2 : -1;
            Assert.ThrowsAny<Exception>(() => optimizer.Step());
            gone.Left = Length;
            Assert.False(optimizer.HasFailed);
            Assert.Equal(before, optimizer.Snapshot());
        }
    }

    [Fact]
    public void A_formula_that_throws_midway_ends_an_optimizer_in_place_until_a_state_is_loaded()
    {
        var rule = new Failing(new Fuse());
        var parameter = Parameter.Of("a", new float[Length]);
        using var optimizer = InPlaceOptimizer.Create(rule, parameter);
        optimizer.Step();
        var state = optimizer.Snapshot();
        parameter.Gradient.Span.Fill(1);
        rule.Fuse.Left = 1000;
        Assert.Throws<FormatException>(() => optimizer.Step());
        Assert.True(optimizer.HasFailed);
        Assert.Throws<InvalidOperationException>(() => optimizer.Step());
        Assert.Throws<InvalidOperationException>(() => optimizer.Snapshot());
        optimizer.Load(state);
        Assert.False(optimizer.HasFailed);
        Assert.Equal(state, optimizer.Snapshot());
        optimizer.Step();
        Assert.Equal(state.Step(TensorSet.Filled(state.Parameters.Layout, 1f)).Item1, optimizer.Snapshot());
    }

    [Fact]
    public void A_rule_on_whole_tensors_that_throws_midway_ends_an_optimizer_in_place_until_a_state_is_loaded()
    {
        var rule = new FailingWork(new Fuse());
        using var optimizer = InPlaceOptimizer.Create(rule, Parameter.Of("a", new float[Length]));
        optimizer.Step();
        var state = optimizer.Snapshot();
        rule.Fuse.Left = 1;
        Assert.Throws<FormatException>(() => optimizer.Step());
        Assert.Throws<InvalidOperationException>(() => optimizer.Step());
        optimizer.Load(state);
        optimizer.Step();
        Assert.Equal(state.Step(TensorSet.Filled(state.Parameters.Layout, 0f)).Item1, optimizer.Snapshot());
    }

    [Fact]
    public void Load_into_memory_that_is_gone_writes_nothing()
    {
        float[] array = new float[Length];
        using Native values = new(Length);
        var first = Parameter.Of("a", array);
        using var optimizer = InPlaceOptimizer.Create(new Adam(), first, new Parameter<float>(new TensorShape("b", Length), values.Memory, new float[Length]));
        var state = Optimizer.Init(new Adam(), TensorSet.Filled(optimizer.Layout, 7f));
        values.Left = -1;
        Assert.Throws<ObjectDisposedException>(() => optimizer.Load(state));
        Assert.False(optimizer.HasFailed);
        Assert.Equal(-1, array.AsSpan().IndexOfAnyExcept(0f));
        values.Left = Length;
        optimizer.Load(state);
        Assert.Equal(-1, array.AsSpan().IndexOfAnyExcept(7f));
    }

    [Fact]
    public void Within_AtEvaluationParameters_no_step_is_lost_and_no_average_becomes_the_parameters()
    {
        var parameter = Parameter.Of("a", new float[10]);
        using var optimizer = InPlaceOptimizer.Create(new ParameterEma(new Sgd { LearningRate = 1 }), parameter);
        parameter.Gradient.Span.Fill(1);
        optimizer.Step();
        var state = optimizer.Snapshot();
        optimizer.AtEvaluationParameters(() =>
        {
            Assert.Equal(state.EvaluationParameters.ToArray(), parameter.Values.ToArray());
            foreach (var call in new Action[] { () => optimizer.Step(), () => optimizer.Load(state), () => optimizer.StepOn(() => 1), () => optimizer.AtEvaluationParameters(() => 0) })
            {
                Assert.Contains("AtEvaluationParameters", Assert.Throws<InvalidOperationException>(call).Message, StringComparison.Ordinal);
            }

            Assert.Equal(state, optimizer.Snapshot());
            return 0;
        });
        Assert.Equal(state, optimizer.Snapshot());
        optimizer.Step();
        Assert.Equal(-2, parameter.Values.Span[0]);
        Assert.Throws<FormatException>(() => optimizer.AtEvaluationParameters<int>(() => throw new FormatException()));
        Assert.Equal(-2, parameter.Values.Span[0]);
        optimizer.Step();
    }

    [Fact]
    public void Parameters_that_share_memory_are_refused_whoever_owns_it()
    {
        const int n = 1000;
        using Native memory = new(2 * n);
        float[] array = GC.AllocateUninitializedArray<float>(n, pinned: true);
        using Native overArray = new(array);
        Refused(Over("a", memory.At(0, n)), Over("b", memory.At(0, n)));
        Refused(Over("a", memory.At(0, n)), Over("b", memory.At(n - 1, n)));
        Refused(new(new TensorShape("a", n), memory.At(0, n), memory.At(n, n)), new(new TensorShape("b", n), new float[n], memory.At(0, n)));
        Refused(Parameter.Of("a", array), Over("b", overArray.At(0, n)));

        // Beside each other, and gradients that are one.
        using (InPlaceOptimizer.Create(new Adam(), Over("a", memory.At(0, n)), Over("b", memory.At(n, n))))
        using (InPlaceOptimizer.Create(new Adam(), new(new TensorShape("a", n), new float[n], memory.At(0, n)), new Parameter<float>(new TensorShape("b", n), new float[n], memory.At(0, n))))
        {
        }

        static Parameter<float> Over(string name, Memory<float> values) => new(new TensorShape(name, values.Length), values, new float[values.Length]);

        static void Refused(Parameter<float> first, Parameter<float> second) => Assert.Contains(
            "must not share memory",
            Assert.Throws<ArgumentException>(() => InPlaceOptimizer.Create(new Adam(), first, second)).Message, StringComparison.Ordinal);
    }

    /// <summary>Counts down to an exception; never, at 0.</summary>
    private sealed class Fuse
    {
        private int left;

        public int Left
        {
            set => Volatile.Write(ref left, value);
        }

        public void Burn()
        {
            if (Volatile.Read(ref left) > 0 && Interlocked.Decrement(ref left) == 0)
            {
                throw new FormatException("The user's formula.");
            }
        }
    }

    private readonly struct Burning<T>(Fuse fuse) : IFormula<T>
        where T : unmanaged
    {
        public static int SlotCount => 1;

        public L Apply<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, T>
            where S : struct, ISlots<L>
        {
            slots.Write(0, slots.Read(0) + update);
            fuse.Burn();
            return update;
        }
    }

    private sealed record Failing(Fuse Fuse) : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("sum")];

        public override void Prepare<T>(Plan<T> plan) => plan.Apply(new Burning<T>(Fuse));
    }

    private sealed record FailingWork(Fuse Fuse) : Rule
    {
        public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("count")];

        public override void Prepare<T>(Plan<T> plan) => plan.ApplyToTensors(
            1,
            context =>
            {
                context.ChangeSlot(0)[0] += T.One;
                Fuse.Burn();
            },
            mayThrow: false);
    }

    /// <summary>Native memory, which its owner may free or shrink at any time.</summary>
    private sealed unsafe class Native : System.Buffers.MemoryManager<float>
    {
        private readonly float* address;
        private readonly bool owned;
        private readonly List<Native> parts = [];

        public Native(int length)
        {
            address = (float*)NativeMemory.AllocZeroed((nuint)length, sizeof(float));
            owned = true;
            Left = length;
        }

        public Native(float[] pinned)
            : this((float*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), pinned.Length)
        {
        }

        private Native(float* address, int length)
        {
            this.address = address;
            Left = length;
        }

        /// <summary>The elements that are there; -1 for none, and no owner either.</summary>
        public int Left { get; set; }

        public Memory<float> At(int start, int length)
        {
            parts.Add(new(address + start, length));
            return parts[^1].Memory;
        }

        public override Span<float> GetSpan() => Left < 0 ? throw new ObjectDisposedException("native tensor") : new(address, Left);

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) => new(address + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (owned)
            {
                NativeMemory.Free(address);
            }
        }
    }
}
