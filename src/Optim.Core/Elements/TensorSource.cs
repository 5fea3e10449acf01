using System.Numerics;
using Optim.Execution;

namespace Optim;

/// <summary>Where a <see cref="TensorStep"/> reads its numbers: a step's tensors, in whichever precision, while the rule's function runs.</summary>
internal abstract class TensorSource
{
    private bool ended;

    public abstract Layout Layout { get; }

    public abstract double? Loss { get; }

    /// <summary>The tensors that have elements.</summary>
    public IEnumerable<int> WithElements => Enumerable.Range(0, Layout.Count).Where(i => Layout[i].Length > 0);

    public TensorValues Update(int tensor) => Read(() => UpdateOf(tensor));

    public TensorValues Parameter(int tensor) => Read(() => ParameterOf(tensor));

    public TensorValues Slot(int slot, int tensor) => Read(() => SlotOf(slot, tensor));

    public abstract TensorShape SlotShape(int slot, int tensor);

    /// <summary>Nothing is read from now on: the memory will be another's.</summary>
    public void End() => ended = true;

    protected abstract TensorValues UpdateOf(int tensor);

    protected abstract TensorValues ParameterOf(int tensor);

    protected abstract TensorValues SlotOf(int slot, int tensor);

    private TensorValues Read(Func<TensorValues> read) => ended
        ? throw new InvalidOperationException($"A {nameof(TensorStep)} is valid while the rule's function runs: keep the values, not the step.")
        : read();
}

/// <summary>The tensors of one step.</summary>
internal sealed class TensorSource<T>(TensorStepContext<T> context) : TensorSource
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public override Layout Layout => context.Layout;

    public override double? Loss => context.Loss;

    public override TensorShape SlotShape(int slot, int tensor) => context.SlotLayout(slot)[tensor];

    /// <summary>Writes what the function made of a tensor, each number rounded once.</summary>
    public void Write(TensorUpdate made, int tensor)
    {
        Narrow(made.Values, Of(context.ChangeUpdate(), Layout, tensor));
        foreach (var (slot, values) in made.Kept)
        {
            Narrow(values, Of(context.ChangeSlot(slot), context.SlotLayout(slot), tensor));
        }
    }

    protected override TensorValues UpdateOf(int tensor) => Widened(context.Update, Layout, tensor);

    protected override TensorValues ParameterOf(int tensor) => Widened(context.Parameters, Layout, tensor);

    protected override TensorValues SlotOf(int slot, int tensor) => Widened(context.Slot(slot), context.SlotLayout(slot), tensor);

    private static TensorValues Widened(ReadOnlySpan<T> set, Layout layout, int tensor)
    {
        var shape = layout[tensor];
        var own = set.Slice(layout.OffsetOf(tensor), shape.Length);
        double[] values = new double[own.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = double.CreateTruncating(own[i]);
        }

        return new(values, [.. shape.Dimensions]);
    }

    private static void Narrow(TensorValues values, Span<T> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = T.CreateTruncating(values[i]);
        }
    }

    private static Span<T> Of(Span<T> set, Layout layout, int tensor) => set.Slice(layout.OffsetOf(tensor), layout[tensor].Length);
}
