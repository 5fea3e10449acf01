using System.Numerics;

namespace Optim.Execution;

/// <summary>Some tensors of a layout, for a rule that is to see these alone: in its own layout the others are there and empty.</summary>
internal sealed class Part
{
    private readonly Layout whole;
    private readonly bool[] taken;

    private Part(Layout whole, bool[] taken)
    {
        this.whole = whole;
        this.taken = taken;
        Layout = Layout.OfSequence(whole.Select((shape, i) => taken[i] ? shape : Emptied(shape)));
    }

    /// <summary>The rule's layout.</summary>
    public Layout Layout { get; }

    public static Part Of(Layout layout, Func<TensorShape, bool> tensors) => new(layout, [.. layout.Select(tensors)]);

    /// <summary>A tensor that the rule does not see.</summary>
    public static TensorShape Emptied(TensorShape shape) => new(shape.Name, 0);

    public bool IsWhole => taken.All(x => x);

    public TensorSet<T> Gather<T>(TensorSet<T> set)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = TensorSet.Uninitialized<T>(Layout);
        Gather(set.Span, result.Writable);
        return result;
    }

    public void Gather<T>(ReadOnlySpan<T> set, Span<T> part)
    {
        for (int i = 0; i < taken.Length; i++)
        {
            set.Slice(whole.OffsetOf(i), Layout[i].Length).CopyTo(part[Layout.OffsetOf(i)..]);
        }
    }

    public void Scatter<T>(ReadOnlySpan<T> part, Span<T> set)
    {
        for (int i = 0; i < taken.Length; i++)
        {
            part.Slice(Layout.OffsetOf(i), Layout[i].Length).CopyTo(set[whole.OffsetOf(i)..]);
        }
    }

    /// <summary>What of a step's inputs concerns these tensors. The objective does not: it takes all of them.</summary>
    public StepInputs<T> Of<T>(StepInputs<T> inputs)
        where T : unmanaged, IFloatingPointIeee754<T> => new(
            inputs.Loss, inputs.HessianDiagonal is { } diagonal ? Gather(diagonal) : null, null,
            inputs.SparseIndices?.Where(pair => taken[whole.IndexOf(pair.Key)]).ToDictionary(StringComparer.Ordinal));

    /// <summary>The parameters to evaluate a model with, where these tensors follow a rule of their own.</summary>
    public TensorSet<T> EvaluationParameters<T>(Rule rule, TensorSet<T> parameters, IReadOnlyList<TensorSet<T>> slots, long step)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var own = Gather(parameters);
        var evaluated = rule.EvaluationParameters(own, slots, step);
        if (ReferenceEquals(own, evaluated))
        {
            return parameters;
        }

        var result = parameters.Copy();
        Scatter(evaluated.Span, result.Writable);
        return result;
    }
}
