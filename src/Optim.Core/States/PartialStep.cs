using System.Numerics;
using Optim.Execution;
using Optim.LinearAlgebra;

namespace Optim.Execution;

/// <summary>A step that leaves tensors out, for rules that see whole tensors: it is taken on a state that does not have them, and what it has made is written back.</summary>
internal sealed class PartialStep<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] present;

    public PartialStep(Layout layout, IReadOnlyList<bool> leftOut)
    {
        present = [.. Enumerable.Range(0, layout.Count).Where(i => !leftOut[i])];
        Layout = Without(layout);
    }

    /// <summary>The tensors that take the step.</summary>
    public Layout Layout { get; }

    /// <summary>The parameters and slots, of the tensors present alone, and all scalars after the step.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="step">The number of steps taken before this one.</param>
    /// <param name="gradient">The gradient of a tensor, by its position; asked of those present alone.</param>
    /// <param name="parameters">All parameters.</param>
    /// <param name="slots">All slots.</param>
    /// <param name="scalars">The scalars.</param>
    /// <param name="inputs">What else the step is given.</param>
    /// <param name="engine">What it computes with.</param>
    public (TensorSet<T> Parameters, SlotBank<T> Slots, double[] Scalars) Take(
        Rule rule, long step, Func<int, ReadOnlySpan<T>> gradient, TensorSet<T> parameters, IReadOnlyList<TensorSet<T>> slots, double[] scalars, StepInputs<T> inputs, Engine engine)
    {
        var objective = inputs.Objective;
        var own = inputs with
        {
            HessianDiagonal = inputs.HessianDiagonal is { } diagonal ? Without(diagonal) : null,
            SparseIndices = inputs.SparseIndices?.Where(pair => Layout.IndexOf(pair.Key) >= 0).ToDictionary(StringComparer.Ordinal),
            Objective = objective is null ? null : Evaluate,
            Clips = null,
            LeftOut = null,
        };
        var bank = SlotBank<T>.Copied([.. slots.Select(Without)], rule.DeclareSlots());
        var start = Without(parameters);
        var plan = new Plan<T>(step, start, own, scalars);
        plan.PrepareState(rule, bank.Layouts);

        // The tensors are others than those that the first elements were counted for.
        var (moved, moments) = Executor.Step(plan, Gathered(Layout, gradient), start, bank, donated: true, engine with { Firsts = null });
        return (moved, moments, plan.NewScalars);

        Tuple<double, TensorSet<T>> Evaluate(TensorSet<T> at)
        {
            var point = parameters.Copy();
            Write(at, point);
            var (loss, slope) = StepInputs<T>.Checked(objective!(point), parameters.Layout);
            return new(loss, Without(slope));
        }
    }

    /// <summary>Writes what the tensors present have come to into a set of all tensors, which nobody else reads.</summary>
    public void Write(TensorSet<T> own, TensorSet<T> all)
    {
        for (int i = 0; i < present.Length; i++)
        {
            own[i].Span.CopyTo(all.Writable[all.Layout.OffsetOf(present[i])..]);
        }
    }

    /// <summary>The same for tensors that lie wherever their owner has them.</summary>
    public void Write(TensorSet<T> own, Memory<T>[] all)
    {
        for (int i = 0; i < present.Length; i++)
        {
            own[i].Span.CopyTo(all[present[i]].Span);
        }
    }

    private Layout Without(Layout layout) => Layout.OfSequence(present.Select(i => layout[i]));

    private TensorSet<T> Without(TensorSet<T> all) => Gathered(Without(all.Layout), tensor => all[tensor].Span);

    /// <summary>The tensors present, of a layout of theirs, from wherever each lies.</summary>
    private TensorSet<T> Gathered(Layout layout, Func<int, ReadOnlySpan<T>> values)
    {
        var own = TensorSet.Uninitialized<T>(layout);
        for (int i = 0; i < present.Length; i++)
        {
            values(present[i]).CopyTo(own.Writable[layout.OffsetOf(i)..]);
        }

        return own;
    }
}
