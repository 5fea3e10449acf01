using System.Numerics;

namespace Optim.Distributed;

/// <summary>One part of a state.</summary>
/// <param name="Partition">How the state is divided.</param>
/// <param name="Part">Which part it is.</param>
/// <param name="State">Its parameters and slots, in the part's layout.</param>
internal sealed record StatePart<T>(StatePartition Partition, int Part, OptimizerState<T> State)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>States divided in one way put together, or divided in another. Elements are moved bit by bit.</summary>
internal static class StateParts
{
    /// <summary>A part of a state, from parts of it that were divided otherwise.</summary>
    /// <param name="partition">How it is to be divided.</param>
    /// <param name="part">Which part.</param>
    /// <param name="others">The parts, one after the other; each is read before the next is asked for.</param>
    public static OptimizerState<T> Assembled<T>(StatePartition partition, int part, IEnumerable<StatePart<T>> others)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var layout = partition.LayoutOf(part);
        var parameters = new T[layout.Length];
        Dictionary<string, (Layout Layout, T[] Values)>? slots = null;
        OptimizerState<T>? last = null;
        foreach (var other in others)
        {
            last = other.State;
            slots ??= last.Slots.Keys.Zip(last.Rule.DeclareSlots(), (name, slot) => (Name: name, Layout: slot.LayoutFor(layout)))
                .ToDictionary(slot => slot.Name, slot => (slot.Layout, new T[slot.Layout.Length]), StringComparer.Ordinal);
            for (int tensor = 0; tensor < layout.Count; tensor++)
            {
                var (from, length) = partition.RangeOf(part, tensor);
                var (otherFrom, otherLength) = other.Partition.RangeOf(other.Part, tensor);
                int start = Math.Max(from, otherFrom), end = Math.Min(from + length, otherFrom + otherLength);
                if (start >= end && partition.Layout[tensor].Length > 0)
                {
                    continue;
                }

                last.Parameters[tensor].Span[(start - otherFrom)..(end - otherFrom)].CopyTo(parameters.AsSpan(layout.OffsetOf(tensor) + start - from));
                bool whole = length == partition.Layout[tensor].Length && otherLength == length;
                foreach (var (name, slot) in slots)
                {
                    var theirs = last.Slots[name][tensor].Span;
                    (whole ? theirs : theirs[(start - otherFrom)..(end - otherFrom)]).CopyTo(slot.Values.AsSpan(slot.Layout.OffsetOf(tensor) + (whole ? 0 : start - from)));
                }
            }
        }

        return Optimizer.Restore(
            last!.Rule, last.StepCount, TensorSet.OfValues<T>(layout, parameters),
            slots!.ToDictionary(slot => slot.Key, slot => TensorSet.OfValues<T>(slot.Value.Layout, slot.Value.Values), StringComparer.Ordinal), last.Scalars).WithSlotFormats(last.SlotFormats);
    }

    /// <summary>The whole state, on one rank, or on every one where none is named; null on the others.</summary>
    public static OptimizerState<T>? Gathered<T>(ICommunicator ranks, StatePartition partition, OptimizerState<T> own, int? root)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (root is null || root == ranks.Rank)
        {
            return Assembled(partition.At([partition.Layout.Length]), 0, Enumerable.Range(0, ranks.Size).Select(Part));
        }

        foreach (var values in Tensors(own))
        {
            ranks.Exchange<T>(root.Value, values.ToArray(), ranks.Rank, []);
        }

        return null;

        StatePart<T> Part(int rank)
        {
            var layout = partition.LayoutOf(rank);
            return new(partition, rank, Optimizer.Restore(
                own.Rule, own.StepCount, Sent(layout, own.Parameters, rank),
                own.Slots.Zip(own.Rule.DeclareSlots()).ToDictionary(slot => slot.First.Key, slot => Sent(slot.Second.LayoutFor(layout), slot.First.Value, rank), StringComparer.Ordinal), own.Scalars).WithSlotFormats(own.SlotFormats));
        }

        TensorSet<T> Sent(Layout of, TensorSet<T> mine, int rank)
        {
            T[] values = rank == ranks.Rank ? mine.ToArray() : new T[of.Length];
            if (root is null)
            {
                ranks.Broadcast<T>(values, rank);
            }
            else if (rank != ranks.Rank)
            {
                ranks.Exchange<T>(ranks.Rank, [], rank, values);
            }

            return TensorSet.OfValues<T>(of, values);
        }
    }

    /// <summary>What a state has for each element, in the order in which it is sent.</summary>
    private static IEnumerable<TensorSet<T>> Tensors<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T> => [state.Parameters, .. state.Slots.Values];
}
