namespace Optim.Names;

/// <summary>A pattern for names: <c>*</c> stands for any characters, none included, <c>?</c> for one. Never asks about a character more often than the pattern is long.</summary>
internal sealed class NamePattern
{
    private readonly string[] parts;
    private readonly bool isFixed;
    private readonly int least;

    public NamePattern(string pattern)
    {
        string[] cut = pattern.Split('*');
        isFixed = cut.Length == 1;

        // Several stars in a row are one.
        parts = isFixed ? cut : [cut[0], .. cut[1..^1].Where(part => part.Length > 0), cut[^1]];
        least = parts.Sum(part => part.Length);
        MiddleLength = isFixed ? 0 : parts[1..^1].Sum(part => part.Length);
    }

    /// <summary>The characters that stand between stars, and are looked for anywhere: what a name of many characters costs.</summary>
    public int MiddleLength { get; }

    public bool Fits(string name)
    {
        if (isFixed)
        {
            return name.Length == least && Stands(parts[0], name);
        }

        if (name.Length < least || !Stands(parts[0], name) || !Stands(parts[^1], name.AsSpan(name.Length - parts[^1].Length)))
        {
            return false;
        }

        // Each part where it stands first: further to the right it would leave less room for those that follow.
        var rest = name.AsSpan(parts[0].Length, name.Length - parts[0].Length - parts[^1].Length);
        foreach (string part in parts.AsSpan(1, parts.Length - 2))
        {
            int at = Find(part, rest);
            if (at < 0)
            {
                return false;
            }

            rest = rest[(at + part.Length)..];
        }

        return true;
    }

    private static int Find(string part, ReadOnlySpan<char> text)
    {
        if (!part.Contains('?', StringComparison.Ordinal))
        {
            return text.IndexOf(part);
        }

        for (int at = 0; at + part.Length <= text.Length; at++)
        {
            if (Stands(part, text[at..]))
            {
                return at;
            }
        }

        return -1;
    }

    private static bool Stands(string part, ReadOnlySpan<char> text)
    {
        for (int i = 0; i < part.Length; i++)
        {
            if (part[i] != '?' && part[i] != text[i])
            {
                return false;
            }
        }

        return true;
    }
}
