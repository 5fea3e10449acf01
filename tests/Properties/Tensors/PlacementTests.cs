using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Optim.CSharp;
using Xunit;

namespace Optim.Properties.Tensors;

/// <summary>Large memory that one sweep reads and writes does not begin at the same place modulo a megabyte, so that AMD's caches keep it apart; and it begins on a page.</summary>
public unsafe class PlacementTests
{
    private const int Large = 3_000_001;

    [Fact]
    public void The_large_sets_of_a_run_lie_apart_and_on_pages()
    {
        var state = Optimizer.Init(new AdamW { AmsGrad = true }, TensorSet.Filled(Layout.OfVector(Large), 0f));
        var gradient = TensorSet.Filled(Layout.OfVector(Large), 0f);
        state = Optimizer.Step(state, gradient).Item1;
        long[] addresses = [Address(gradient.Span), Address(state.Parameters.Span), .. state.Slots.Values.Select(slot => Address(slot.Span))];
        Apart(addresses);
    }

    [Fact]
    public void Parameter_Allocate_places_values_and_gradient_apart()
    {
        var large = Parameter.Allocate<double>("w", 1_000, 1_500);
        Assert.Equal((1_500_000, "w [1000, 1500]"), (large.Values.Length, large.ToString()));
        Apart([Address<double>(large.Values.Span), Address<double>(large.Gradient.Span)]);
        Assert.All(large.Values.ToArray(), x => Assert.Equal(0, x));
        var small = Parameter.Allocate<float>("b", 3);
        small.Values.Span.Fill(1);
        Assert.Equal([0f, 0, 0], small.Gradient.ToArray());
        Assert.Equal(1, Parameter.Allocate<float>("scalar").Values.Length);
        Assert.Throws<ArgumentException>(() => Parameter.Allocate<float>("", 3));
    }

    private static void Apart(long[] addresses)
    {
        Assert.All(addresses, address => Assert.Equal(0, address % 4096));
        Assert.Distinct(addresses.Select(address => address / 65_536 % 16));
    }

    private static long Address<T>(ReadOnlySpan<T> span)
        where T : unmanaged => (long)Unsafe.AsPointer(ref MemoryMarshal.GetReference(span));
}
