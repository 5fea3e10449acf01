using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Optim.Execution;

/// <summary>Some tensors of a layout, for a rule that is to see these alone: in its own layout the others are there and empty.</summary>
internal sealed class TensorSubset
{
    private const int MostKnown = 64;

    private static readonly ConditionalWeakTable<Layout, ConcurrentDictionary<Func<TensorShape, bool>, TensorSubset>> Cache = [];

    private readonly bool[] taken;

    private TensorSubset(Layout full, bool[] taken)
    {
        FullLayout = full;
        this.taken = taken;
        Layout = Layout.OfSequence(full.Select((shape, i) => taken[i] ? shape : Emptied(shape)));
    }

    /// <summary>The rule's layout.</summary>
    public Layout Layout { get; }

    /// <summary>The layout of all tensors.</summary>
    public Layout FullLayout { get; }

    public bool HasAllTensors => Array.TrueForAll(taken, x => x);

    /// <summary>Some tensors of a layout; the same for the same question, which each step asks again.</summary>
    public static TensorSubset Of(Layout layout, Func<TensorShape, bool> tensors)
    {
        var known = Cache.GetOrCreateValue(layout);
        if (known.TryGetValue(tensors, out var subset))
        {
            return subset;
        }

        // A caller that asks with another function each time is served, and not remembered for ever.
        if (known.Count >= MostKnown)
        {
            known.Clear();
        }

        return known[tensors] = new(layout, [.. layout.Select(tensors)]);
    }

    /// <summary>A tensor that the rule does not see.</summary>
    public static TensorShape Emptied(TensorShape shape) => new(shape.Name, 0);

    /// <summary>Whether a tensor belongs to it.</summary>
    public bool Takes(int tensor) => taken[tensor];

    public TensorSet<T> Gather<T>(TensorSet<T> set)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = TensorSet.Uninitialized<T>(Layout);
        Gather(set.Span, result.Writable);
        return result;
    }

    public void Gather<T>(ReadOnlySpan<T> set, Span<T> own)
    {
        for (int i = 0; i < taken.Length; i++)
        {
            set.Slice(FullLayout.OffsetOf(i), Layout[i].Length).CopyTo(own[Layout.OffsetOf(i)..]);
        }
    }

    public void Scatter<T>(ReadOnlySpan<T> own, Span<T> set)
    {
        for (int i = 0; i < taken.Length; i++)
        {
            own.Slice(Layout.OffsetOf(i), Layout[i].Length).CopyTo(set[FullLayout.OffsetOf(i)..]);
        }
    }

    /// <summary>What of a step's inputs concerns these tensors. The objective does not: it takes all of them.</summary>
    public StepInputs<T> Of<T>(StepInputs<T> inputs)
        where T : unmanaged, IFloatingPointIeee754<T> => new(
            inputs.Loss, inputs.HessianDiagonal is { } diagonal ? Gather(diagonal) : null, null,
            inputs.SparseIndices?.Where(pair => taken[FullLayout.IndexOf(pair.Key)]).ToDictionary(StringComparer.Ordinal),
            inputs.Clips?.For(this));

    /// <summary>The parameters to evaluate a model with, where these tensors follow a rule of their own.</summary>
    public TensorSet<T> EvaluationParameters<T>(StateView<T> state, Rule rule, int firstSlot, int firstScalar, TensorSet<T>? parameters = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        parameters ??= state.Parameters;
        var own = Gather(parameters);
        var evaluated = state.EvaluationParameters(rule, firstSlot, firstScalar, state.Step, own);
        if (ReferenceEquals(own, evaluated))
        {
            return parameters;
        }

        var result = parameters.Copy();
        Scatter(evaluated.Span, result.Writable);
        return result;
    }
}
