namespace Optim.Names;

/// <summary>Suggestions for a misspelt name.</summary>
internal static class NearestNames
{
    private const int Shown = 3, MostCompared = 1000, LongestCompared = 100;

    /// <summary>The nearest names as text, to follow a semicolon.</summary>
    public static string Text(string name, IEnumerable<string> known)
    {
        string[] nearest = [.. known.Where(other => other.Length <= LongestCompared).Take(MostCompared)
            .OrderBy(other => Distance(name.Length <= LongestCompared ? name : name[..LongestCompared], other)).ThenBy(other => other, StringComparer.Ordinal).Take(Shown)];
        return nearest.Length == 0 ? "there are none" : "the nearest are " + string.Join(", ", nearest.Select(QuotedName.Of));
    }

    /// <summary>The edit distance, ignoring case (Levenshtein 1965).</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 0; i < a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < b.Length; j++)
            {
                int replaced = diagonal + (char.ToUpperInvariant(a[i]) == char.ToUpperInvariant(b[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(diagonal, row[j]) + 1);
            }
        }

        return row[^1];
    }
}
