using System.Globalization;

namespace Optim.Tuning;

/// <summary>What determines a study's trials, as texts: a file, or a database, is gone on with by the same study only.</summary>
internal static class StudyFacts
{
    private const string Format = "1", None = "none";

    public static IReadOnlyList<(string Key, string Title, string Value)> Of(Study study) =>
    [
        ("format", "format", Format),
        ("space", "search space", study.Space.ToString()),
        ("objective", "objective", study.Objective),
        ("first", "list of first trials", study.First.Count == 0 ? None : string.Join('\n', study.First.Select(AssignmentJson.Write))),
        ("seed", "seed", study.Seed.ToString(CultureInfo.InvariantCulture)),
        ("sampler", "sampler", Text(study.Sampler)),
        ("pruner", "pruner", Text(study.Pruner)),

        // Absent in files from before there were others.
        ("direction", "direction", study.Direction == StudyDirection.Minimize ? None : study.Direction.ToString()),
        ("goals", "list of goals", study.Goals.Count == 0 ? None : string.Join('\n', study.Goals.Select(Text))),
    ];

    private static string Text(object strategy)
    {
        // The compiler's text of a record, which formats with the current culture.
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return strategy.ToString()!;
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    /// <exception cref="StudyFileException">They differ; the message says in what.</exception>
    public static void RequireSame(string place, Dictionary<string, string> then, IReadOnlyList<(string Key, string Title, string Value)> now, string otherwise)
    {
        foreach (var (key, title, value) in now)
        {
            string before = then.GetValueOrDefault(key, None);
            if (before == value)
            {
                continue;
            }

            string difference = key == "space"
                ? string.Join("; ", before.Split('\n').Except(value.Split('\n')).Select(line => $"there '{line}'")
                    .Concat(value.Split('\n').Except(before.Split('\n')).Select(line => $"here '{line}'")).DefaultIfEmpty("the order"))
                : $"there '{before}', here '{value}'";
            throw new StudyFileException($"{place} holds a study with another {title}: {difference}. Go on with what it was begun with, or {otherwise}.");
        }
    }
}
