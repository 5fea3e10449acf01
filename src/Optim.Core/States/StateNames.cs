using System.Numerics;
using System.Globalization;

namespace Optim;

/// <summary>The names of a state's slots and scalars, in declaration order, made unique.</summary>
internal sealed class StateNames : IEquatable<StateNames>
{
    private static readonly StateNames None = new([], []);

    private StateNames(string[] slots, string[] scalars)
    {
        Slots = slots.AsReadOnly();
        Scalars = scalars.AsReadOnly();
    }

    public IReadOnlyList<string> Slots { get; }

    public IReadOnlyList<string> Scalars { get; }

    public static StateNames Of(Rule rule)
    {
        string[] slots = Unique(rule.DeclareSlots().Select(s => s.Name)), scalars = Unique(rule.AllScalars().Select(s => s.Name));
        return slots.Length + scalars.Length == 0 ? None : new(slots, scalars);
    }

    /// <exception cref="ArgumentException">A name is missing or unexpected.</exception>
    public void RequireExactly(IEnumerable<string> slots, IEnumerable<string> scalars)
    {
        Require("slots", Slots, slots);
        Require("scalars", Scalars, scalars);
    }

    /// <exception cref="ArgumentException">A rule to continue a state with is inconsistent, or keeps other slots or scalars than these.</exception>
    public Rule Fitting<T>(Rule value, Layout layout, ReadOnlyMemory<Layout> slotLayouts)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        value = value.ForRunOn<T>(layout);
        var other = Of(value);
        if (!other.Equals(this))
        {
            throw new ArgumentException($"The rule must keep the same slots and scalars as the state's ({this}), was {other}.", nameof(value));
        }

        foreach (var (i, slot) in value.DeclareSlots().Index())
        {
            if (slot.LayoutFor(layout) is var wanted && !wanted.Equals(slotLayouts.Span[i]))
            {
                throw new ArgumentException(
                    $"The rule must keep the slots as they are laid out, and slot '{Slots[i]}' is not: {Layout.Difference(wanted, "the rule", slotLayouts.Span[i], "the state")}.", nameof(value));
            }
        }

        return value;
    }

    public bool Equals(StateNames? other) =>
        ReferenceEquals(this, other) || (other is not null && Slots.SequenceEqual(other.Slots) && Scalars.SequenceEqual(other.Scalars));

    public override bool Equals(object? obj) => Equals(obj as StateNames);

    public override int GetHashCode() => HashCode.Combine(Slots.Count, Scalars.Count);

    public override string ToString() => Slots.Count + Scalars.Count == 0 ? "nothing" : string.Join(", ", Slots.Concat(Scalars));

    private static string[] Unique(IEnumerable<string> names)
    {
        // Where the search for a free number goes on: from 2 each time, a chain of many equal rules would take the square of their number.
        var next = new Dictionary<string, int>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. names.Select(name =>
        {
            string unique = name;
            int i = next.GetValueOrDefault(name, 2);
            for (; !seen.Add(unique); i++)
            {
                unique = string.Create(CultureInfo.InvariantCulture, $"{name}.{i}");
            }

            next[name] = i;
            return unique;
        })];
    }

    private static void Require(string what, IReadOnlyList<string> expected, IEnumerable<string> actual)
    {
        var given = actual.ToList();
        string[] missing = [.. expected.Except(given)], extra = [.. given.Except(expected)];
        if (missing.Length + extra.Length > 0)
        {
            throw new ArgumentException(
                $"The {what} must be exactly those of the rule; missing: {Text(missing)}; not the rule's: {Text(extra)}.", what);
        }

        static string Text(string[] list) => list.Length == 0 ? "none" : string.Join(", ", list);
    }
}
