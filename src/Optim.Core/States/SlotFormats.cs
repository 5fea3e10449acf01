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
        Require(format, nameof(format));
        SlotFormat[] formats = [.. before];
        foreach (string name in chosen)
        {
            formats[Find(name, names, nameof(names))] = format;
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

    /// <summary>The same where each has its own.</summary>
    public static SlotFormat[] After(IReadOnlyDictionary<string, SlotFormat> chosen, IReadOnlyList<string> names, ReadOnlySpan<SlotFormat> before)
    {
        SlotFormat[] formats = [.. before];
        foreach (var (name, format) in chosen)
        {
            Require(format, "formats");
            formats[Find(name, names, "formats")] = format;
        }

        return formats;
    }

    private static void Require(SlotFormat format, string parameter)
    {
        if (!Enum.IsDefined(format))
        {
            throw new ArgumentOutOfRangeException(parameter, format, $"{parameter} must be one of {string.Join(", ", Enum.GetNames<SlotFormat>())}.");
        }
    }

    private static int Find(string name, IReadOnlyList<string> names, string parameter) => names.ToList().IndexOf(name) is var slot and >= 0
        ? slot
        : throw new ArgumentException($"{parameter} must be slots of the state, was '{name}'; it keeps: {string.Join(", ", names)}.", parameter);

    /// <summary>Whether each tensor of a slot has the parameter's shape, or none of its elements.</summary>
    private static bool IsLaidOutAs(Layout slot, Layout parameters) =>
        slot.Zip(parameters).All(pair => pair.First.Length == 0 || pair.First.Dimensions.SequenceEqual(pair.Second.Dimensions));
}
