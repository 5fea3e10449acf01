using System.Numerics;

namespace Optim.Execution;

/// <content>Ways that part when the update is known.</content>
public sealed partial class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Goes on in one of two ways, which is known only when the update is. Both are prepared, and use or leave the same slots.</summary>
    /// <param name="condition">Sees the update as it arrives here.</param>
    /// <param name="whenTrue">Prepares the one way.</param>
    /// <param name="whenFalse">Prepares the other.</param>
    /// <param name="mayThrow">Whether the condition may throw. If so, slots before it are never written in place, so that a failed step leaves no trace.</param>
    public void Choose(Func<Whole<T>, bool> condition, Action whenTrue, Action whenFalse, bool mayThrow = false)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(whenTrue);
        ArgumentNullException.ThrowIfNull(whenFalse);
        EndPlacing();
        NeedsWholeUpdate |= items.Count > 0;
        MayFail(mayThrow);
        var start = (Items: items, Slots: ClaimedSlots, Next: nextScalar, Scalars: newScalars, Idle: IdleSlots);
        var one = Prepared(whenTrue);
        var other = Prepared(whenFalse);
        if (one.Slots != other.Slots)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"The two ways of a choice must use or leave the same slots, were {one.Slots - start.Slots} and {other.Slots - start.Slots}."));
        }

        (items, newScalars, IdleSlots) = (start.Items, start.Scalars, start.Idle);
        PlacesParameters = one.Places || other.Places;
        List<int> resting = one.Idle.Count == 0 || other.Idle.Count == 0 ? [] : [.. one.Idle.Intersect(other.Idle)];
        if (resting.Count > 0)
        {
            IdleSlots = [.. IdleSlots ?? [], .. resting];
        }

        var own = (scope, scopeStart, Clock, Loss);
        items.Add(new Choice<T>(
            whole =>
            {
                (scope, scopeStart, Clock, Loss) = own;
                return condition(whole);
            },
            Branch(one), Branch(other)));

        (List<object> Items, int Slots, double[]? Scalars, List<int> Idle, bool Places) Prepared(Action prepare)
        {
            // Each way goes on from the scalars that were set before them.
            (items, ClaimedSlots, nextScalar, newScalars, IdleSlots, PlacesParameters) = ([], start.Slots, start.Next, start.Scalars?.ToArray(), null, false);
            prepare();
            return (items, ClaimedSlots, newScalars, IdleSlots ?? [], PlacesParameters);
        }

        Branch<T> Branch((List<object> Items, int Slots, double[]? Scalars, List<int> Idle, bool Places) way)
        {
            // A slot that rests on this way alone has new memory, which must hold what the slot was.
            List<object> all = way.Items;
            all.InsertRange(0, way.Idle.Except(resting).Select(slot => new WholeWork<T>(slot, 1, _ => { })));
            if (PlacesParameters && !way.Places)
            {
                all.Add(new Stage<T, DisplacementFormula<T>>(default, one.Slots));
            }

            var (first, count) = (scopeStart, scope.Count);
            return new(all, () =>
            {
                if (way.Scalars is not null)
                {
                    way.Scalars.AsSpan(first, count).CopyTo(NumbersToWrite().AsSpan(first));
                }
            });
        }
    }
}
