using System.Buffers;
using Optim.Execution;
using Xunit;

namespace Optim.Properties.States;

/// <summary>What a step on an application's memory reads of it, and that a state is free again whatever that memory throws.</summary>
public class LeftOutMemoryTests
{
    private static readonly Layout Tensors = Layout.Of(new("a", 2, 2), new("b", 3));

    public static TheoryData<string> Rules => ["sgd", "clip", "muon", "sam"];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Gradients_of_tensors_left_out_are_not_read(string name)
    {
        Rule rule = name switch
        {
            "sgd" => new Sgd { Momentum = 0.9 },
            "clip" => new ClipByGlobalNorm(0.1).Then(new Sgd()),
            "muon" => new Muon(),
            _ => new Sam(new Sgd()),
        };
        var gone = new Guarded(3);
        float[] a = [1, 2, 3, 4], b = [5, 6, 7];
        using var state = new InPlaceState<float>(rule, Tensors, [a, b], [new float[] { 1, -1, 2, 3 }, gone.Memory]);
        gone.IsGone = true;
        if (name == "sam")
        {
            state.StepOn(() => 1, () => ["b"]);
        }
        else
        {
            state.StepWithout(["b"]);
        }

        Assert.Equal([5f, 6, 7], b);
        Assert.NotEqual([1f, 2, 3, 4], a);
        Assert.Equal(1, state.StepCount);
        if (name != "sam")
        {
            Assert.Throws<ObjectDisposedException>(() => state.Step());
        }
    }

    [Fact]
    public void A_state_whose_memory_throws_at_the_end_of_a_step_is_free_again()
    {
        var parameters = new Guarded(3);
        using var state = new InPlaceState<float>(new Sam(new Sgd()), Tensors, [new float[4], parameters.Memory], [new float[4], new float[3]]);
        var before = state.Snapshot();
        int calls = 0;
        Assert.Throws<ObjectDisposedException>(() => state.StepOn(() =>
        {
            // Within the trial point.
            parameters.IsGone = ++calls == 2;
            return parameters.IsGone ? throw new ObjectDisposedException("the model") : 1;
        }));
        Assert.True(state.HasFailed);
        parameters.IsGone = false;
        Assert.Contains("half updated", Assert.Throws<InvalidOperationException>(() => state.Step(1)).Message, StringComparison.Ordinal);
        state.Load(before);
        Assert.False(state.HasFailed);
        Assert.Equal(before, state.Snapshot());
    }

    [Fact]
    public void Formats_are_not_set_within_a_step()
    {
        using var state = new InPlaceState<float>(new Sgd { Momentum = 0.9 }, Tensors, [new float[4], new float[3]], [new float[4], new float[3]]);
        state.StepOn(() =>
        {
            // Not even looked at, for what they would be compared with may change.
            Assert.Contains("within a step", Assert.Throws<InvalidOperationException>(() => state.SetSlotFormat(SlotFormat.BFloat16, "no slot")).Message, StringComparison.Ordinal);
            return 1;
        });
        Assert.Equal(1, state.StepCount);
    }

    /// <summary>Memory that its owner can take away.</summary>
    private sealed class Guarded(int length) : MemoryManager<float>
    {
        private readonly float[] values = GC.AllocateArray<float>(length, pinned: true);

        public bool IsGone { get; set; }

        public override Span<float> GetSpan() => IsGone ? throw new ObjectDisposedException("the tensor") : values;

        public override unsafe MemoryHandle Pin(int elementIndex = 0) => new((float*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(values, elementIndex));

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
