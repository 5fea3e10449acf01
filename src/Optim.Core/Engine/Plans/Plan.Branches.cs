using System.Numerics;

namespace Optim.Execution;

/// <content>Ways that part when the update is known.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Goes on in one of two ways, which is known only when the update is. Both are prepared, and use or skip the same slots.</summary>
    /// <param name="condition">Sees the update as it arrives here.</param>
    /// <param name="whenTrue">Prepares the one way.</param>
    /// <param name="whenFalse">Prepares the other.</param>
    /// <param name="mayThrow">Whether the condition may throw. If so, slots before it are never written in place, so that a failed step leaves no trace.</param>
    public void Branch(Func<TensorStepContext<T>, bool> condition, Action whenTrue, Action whenFalse, bool mayThrow = false)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(whenTrue);
        ArgumentNullException.ThrowIfNull(whenFalse);
        EndSetting();
        NeedsUpdateBuffer |= draft.Items.Count > 0;
        MayFail(mayThrow);
        Draft start = draft, one = Prepared(whenTrue), other = Prepared(whenFalse);
        if (one.SlotCount != other.SlotCount)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"The two ways of a branch must use or skip the same slots, were {one.SlotCount - start.SlotCount} and {other.SlotCount - start.SlotCount}."));
        }

        int[] idle = [.. Idle(one).Intersect(Idle(other))];
        draft = start with
        {
            SlotCount = other.SlotCount,
            ScalarCount = other.ScalarCount,
            IdleSlots = idle.Length == 0 ? start.IdleSlots : [.. Idle(start), .. idle],
            SetsParameters = one.SetsParameters || other.SetsParameters,
        };
        draft.Items.Add(new Branches<T>(this, scope, condition, Ended(one), Ended(other)));

        Draft Prepared(Action prepare)
        {
            draft = start.Branch();
            prepare();
            return draft;
        }

        Branch<T> Ended(Draft way)
        {
            if (draft.SetsParameters && !way.SetsParameters)
            {
                way.Items.Add(new Stage<T, DisplacementFormula<T>>(default, way.SlotCount));
            }

            return new(way.Items, [.. Idle(way).Except(idle)], way.NewScalars);
        }

        static IEnumerable<int> Idle(Draft way) => way.IdleSlots ?? [];
    }

    /// <summary>Makes the scalars of a rule those that one of its ways leads to.</summary>
    internal void Take(Branch<T> branch, Scope rule)
    {
        if (branch.Scalars is { } after)
        {
            after.AsSpan(rule.FirstScalar, rule.Scalars.Count).CopyTo(ScalarsToWrite().AsSpan(rule.FirstScalar));
        }
    }
}
