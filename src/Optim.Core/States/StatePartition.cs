using System.Globalization;
using System.Numerics;
using Optim.Execution;
using Optim.Lanes;

namespace Optim;

/// <summary>How the tensors of a run are divided into parts, each of which keeps its own slots and takes its own share of each step.</summary>
/// <remarks>
/// The parts lie one after the other in the flat set. A rule that goes element by element, after norms over all tensors at most, lets tensors be cut, every 8,192 elements; for any other (Muon, SOAP, LAMB) each tensor
/// is in one part. In a part's layout every tensor has its place, those of other parts without elements. The steps of the parts together have the bits of one step on the whole (<see cref="IStepPeers"/>).
/// Immutable.
/// </remarks>
public sealed class StatePartition
{
    private const int ProbedSteps = 64;

    private readonly int[] ends;

    private StatePartition(Rule rule, Layout layout, int[] ends, bool cutsTensors)
    {
        (Rule, Layout, this.ends, CutsTensors) = (rule, layout, ends, cutsTensors);
        Ends = Array.AsReadOnly(ends);
    }

    /// <summary>The rule, its selectors asked about the whole tensors.</summary>
    public Rule Rule { get; }

    /// <summary>The layout of the whole set.</summary>
    public Layout Layout { get; }

    /// <summary>The number of parts.</summary>
    public int Count => ends.Length;

    /// <summary>Whether a tensor may be in several parts.</summary>
    public bool CutsTensors { get; }

    /// <summary>Where each part ends, and the next begins: flat positions, ascending; the last is the set's length.</summary>
    public IReadOnlyList<int> Ends { get; }

    /// <summary>Divides a set so that the largest part, parameters and slots together, is as small as it can be.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="layout">The tensors.</param>
    /// <param name="parts">The number of parts, 1 or more. Some may be empty.</param>
    /// <param name="cutTensors">Whether tensors may be cut where the rule allows it. Default true.</param>
    /// <exception cref="ArgumentException">The rule does not go with the tensors, or cannot be stepped in parts: it evaluates the objective, or works on the set as one vector.</exception>
    public static StatePartition Of<T>(Rule rule, Layout layout, int parts, bool cutTensors = true)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        rule = rule.ForRunOn<T>(layout).AskedFor(layout, ranks: true);
        RequireDivisible(rule);
        Layout[] slots = [.. rule.DeclareSlots().Select(slot => slot.LayoutFor(layout))];
        bool cuts = cutTensors && !NeedsTensors<T>(rule, layout);

        // Where a part may end, and what has been laid out by then.
        List<(int End, long Cost)> places = [];
        long cost = 0;
        for (int i = 0; i < layout.Count; i++)
        {
            int start = layout.OffsetOf(i), length = layout[i].Length;
            long whole = length + slots.Sum(slot => (long)slot[i].Length);
            for (int at = Reduction.LeafLength; cuts && at < length; at += Reduction.LeafLength)
            {
                places.Add((start + at, cost + (long)((double)whole * at / length)));
            }

            cost += whole;
            places.Add((start + length, cost));
        }

        return new(rule, layout, Divided(places, parts, layout.Length), cuts);
    }

    /// <summary>The same rule and set, divided where another run divided them.</summary>
    /// <param name="otherEnds">Where each part ended; see <see cref="Ends"/>.</param>
    /// <exception cref="ArgumentException">They do not divide this set.</exception>
    public StatePartition At(IReadOnlyList<int> otherEnds)
    {
        ArgumentNullException.ThrowIfNull(otherEnds);
        int before = 0;
        foreach (int end in otherEnds)
        {
            if (end < before || end > Layout.Length)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(otherEnds)} must ascend from 0 to {Layout.Length}, was {end} after {before}."), nameof(otherEnds));
            }

            if (PlaceIn(end) is var (tensor, place) && (!CutsTensors || place % Reduction.LeafLength != 0))
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"{nameof(otherEnds)} must lie {(CutsTensors ? $"between two tensors, or in one after a multiple of {Reduction.LeafLength} elements" : "between two tensors, for the rule works on whole ones")}, was {end}: after {place} elements of '{Layout[tensor].Name}'."), nameof(otherEnds));
            }

            before = end;
        }

        return before == Layout.Length && otherEnds.Count > 0
            ? new(Rule, Layout, [.. otherEnds], CutsTensors)
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(otherEnds)} must end at {Layout.Length}, was {before}."), nameof(otherEnds));
    }

    /// <summary>A part's layout: tensors that it has in part have one dimension of more than 1, the last; those of others have no elements.</summary>
    /// <param name="part">Which part, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such part.</exception>
    public Layout LayoutOf(int part)
    {
        RequireWithin(part, Count, nameof(part));
        return Layout.OfSequence(Layout.Select((shape, i) =>
        {
            int length = RangeOf(part, i).Item2;
            if (length == shape.Length)
            {
                return shape;
            }

            // As many dimensions as it has: selectors and rules ask whether it is a matrix. A number without dimensions needs one to have no elements.
            int[] dimensions = shape.Dimensions.Count == 0 ? [0] : [.. shape.Dimensions.Select(_ => length == 0 ? 0 : 1)];
            dimensions[^1] = length;
            return new TensorShape(shape.Name, dimensions);
        }));
    }

    /// <summary>What a part has of a tensor: the first element, in the tensor, and the number of elements.</summary>
    /// <param name="part">Which part, from 0.</param>
    /// <param name="tensor">The tensor's position in the layout.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such part, or no such tensor.</exception>
    public Tuple<int, int> RangeOf(int part, int tensor)
    {
        RequireWithin(part, Count, nameof(part));
        RequireWithin(tensor, Layout.Count, nameof(tensor));
        int start = Layout.OffsetOf(tensor), length = Layout[tensor].Length;
        int from = Math.Clamp(part == 0 ? 0 : ends[part - 1], start, start + length), to = Math.Clamp(ends[part], start, start + length);
        return new(from - start, to - from);
    }

    private static void RequireWithin(int value, int count, string name)
    {
        if (value < 0 || value >= count)
        {
            throw new ArgumentOutOfRangeException(name, value, string.Create(CultureInfo.InvariantCulture, $"{name} must be 0 or more and below {count}, was {value}."));
        }
    }

    internal static StatePartition Checked(StatePartition partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        return partition;
    }

    private static void RequireDivisible(Rule rule)
    {
        var says = rule.DeclareComposition();
        if (says.EvaluatesObjective || says.NeedsWholeSet)
        {
            throw new ArgumentException(
                $"{rule.GetType().Name} {(says.EvaluatesObjective ? "evaluates the objective" : "works on the parameters as one vector")}, and cannot be stepped in parts: keep its whole state in one place.", nameof(rule));
        }

        foreach (var inner in rule.DeclareInner())
        {
            RequireDivisible(inner.Rule);
        }
    }

    /// <summary>Whether one of the first steps needs a tensor in one place: one of the rule, or of a rule inside it, which may rest for longer than is tried.</summary>
    private static bool NeedsTensors<T>(Rule rule, Layout layout)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        NeedsTensors<T>(rule, layout, [.. rule.DeclareSlots().Select(slot => slot.LayoutFor(layout))])
        || rule.DeclareInner().Index().Any(inner => NeedsTensors<T>(inner.Item.Rule, rule.SeenInside(inner.Index) is { } seen ? TensorSubset.Of(layout, seen).Layout : layout));

    private static bool NeedsTensors<T>(Rule rule, Layout layout, Layout[] slots)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!Array.TrueForAll(slots, slot => slot.HasPlacesOf(layout)))
        {
            return true;
        }

        double[] scalars = [.. rule.AllScalars().Select(scalar => scalar.Initial)];
        var plan = new Plan<T>(layout, () => TensorSet.Filled(layout, T.Zero));
        try
        {
            for (long clock = 0; clock < ProbedSteps; clock++)
            {
                plan.Begin(clock, new(Loss: 1), scalars);
                plan.PrepareState(rule, slots);
                if (plan.NeedsTensors)
                {
                    return true;
                }
            }

            return false;
        }
        catch (ArgumentException)
        {
            // It asks for more than a gradient, and cannot be asked without.
            return true;
        }
    }

    /// <summary>The division whose largest part is the smallest: the least size for which filling one part after the other needs no more than there are.</summary>
    private static int[] Divided(List<(int End, long Cost)> places, int parts, int length)
    {
        long low = 0, high = places.Count == 0 ? 0 : places[^1].Cost;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            (low, high) = Filled(places, parts, length, middle) is null ? (middle + 1, high) : (low, middle);
        }

        return Filled(places, parts, length, high)!;
    }

    private static int[]? Filled(List<(int End, long Cost)> places, int parts, int length, long size)
    {
        int[] result = new int[parts];
        long before = 0;
        int next = 0, end = 0;
        for (int part = 0; part < parts; part++)
        {
            long filled = before;
            while (next < places.Count && places[next].Cost - before <= size)
            {
                (end, filled) = places[next++];
            }

            (result[part], before) = (end, filled);
        }

        return end == length ? result : null;
    }

    /// <summary>Which tensor a position is within, and where; null where it is between two.</summary>
    private (int Tensor, int Place)? PlaceIn(int position) =>
        position == 0 || position == Layout.Length || Layout.TensorAt(position) is var tensor && Layout.OffsetOf(tensor) == position ? null : (tensor, position - Layout.OffsetOf(tensor));
}
