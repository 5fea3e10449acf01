namespace Optim.Execution;

/// <summary>Which slots are stored in which format.</summary>
internal static class SlotFormats
{
    /// <summary>The formats of all slots after some have been given another.</summary>
    /// <exception cref="ArgumentException">There is no slot of a name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public static SlotFormat[] After(
        SlotFormat format, string[] chosen, IReadOnlyList<string> names, ReadOnlySpan<Layout> layouts, Layout parameters, ReadOnlySpan<SlotFormat> before)
    {
        ArgumentNullException.ThrowIfNull(chosen, nameof(names));
        if (!Enum.IsDefined(format))
        {
            throw new ArgumentOutOfRangeException(nameof(format), format, $"{nameof(format)} must be one of {string.Join(", ", Enum.GetNames<SlotFormat>())}.");
        }

        SlotFormat[] formats = [.. before];
        foreach (string name in chosen)
        {
            int slot = names.ToList().IndexOf(name);
            formats[slot >= 0 ? slot : throw new ArgumentException($"{nameof(names)} must be slots of the state, was '{name}'; it keeps: {string.Join(", ", names)}.", nameof(names))] = format;
        }

        for (int slot = 0; chosen.Length == 0 && slot < formats.Length; slot++)
        {
            if (IsLaidOutAs(layouts[slot], parameters))
            {
                formats[slot] = format;
            }
        }

        return formats;
    }

    /// <summary>Whether each tensor of a slot has the parameter's shape, or none of its elements.</summary>
    private static bool IsLaidOutAs(Layout slot, Layout parameters) =>
        slot.Zip(parameters).All(pair => pair.First.Length == 0 || pair.First.Dimensions.SequenceEqual(pair.Second.Dimensions));
}
