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
    private Tuple<Layout, TensorRuns?>? lastRuns;

    private TensorSubset(Layout full, bool[] taken)
    {
        FullLayout = full;
        this.taken = taken;
    }

    /// <summary>The rule's layout.</summary>
    public Layout Layout => field ??= Layout.OfSequence(FullLayout.Select((shape, i) => taken[i] ? shape : Emptied(shape)));

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

    /// <summary>These tensors and those of another subset of the same layout, or of one with the same tensors, some of them empty.</summary>
    public TensorSubset Or(TensorSubset other) => new(FullLayout, [.. taken.Zip(other.taken, (one, another) => one || another)]);

    /// <summary>Where these tensors lie in a layout that has the same ones, some of them empty; null where they have no element there.</summary>
    public TensorRuns? RunsOf(Layout layout)
    {
        // One layout asks at every step.
        var known = lastRuns;
        if (known?.Item1 != layout)
        {
            lastRuns = known = new(layout, TensorRuns.Of(layout, taken));
        }

        return known.Item2;
    }

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

/// <summary>A layout as runs of tensors that are in a subset, or are not. Empty tensors are in any run.</summary>
/// <param name="Ends">Where each run ends and the next one begins: flat positions, ascending.</param>
/// <param name="Kinds">Of each run, 0 where its tensors are in the subset, 1 where they are not.</param>
internal sealed record TensorRuns(int[] Ends, int[] Kinds)
{
    public bool AreAllIn => Kinds is [0];

    public static TensorRuns? Of(Layout layout, bool[] taken) => Of(layout, i => taken[i] ? 0 : 1) is { Kinds: not ([] or [1]) } runs ? runs : null;

    /// <summary>Tensors of several kinds, in runs.</summary>
    public static TensorRuns Of(Layout layout, Func<int, int> kindOf)
    {
        List<int> ends = [], kinds = [];
        for (int i = 0; i < layout.Count; i++)
        {
            int kind = kindOf(i);
            if (layout[i].Length == 0)
            {
                continue;
            }

            if (kinds.Count > 0 && kinds[^1] == kind)
            {
                ends.RemoveAt(ends.Count - 1);
            }
            else
            {
                kinds.Add(kind);
            }

            ends.Add(layout.OffsetOf(i) + layout[i].Length);
        }

        return new([.. ends], [.. kinds]);
    }
}
