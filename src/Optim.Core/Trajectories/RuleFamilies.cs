namespace Optim.Trajectories;

/// <summary>The rules of all recorded families: the registry's rows, by <c>family</c> or, for another convention, <c>family/variant</c>.</summary>
internal static class RuleFamilies
{
    private static readonly Dictionary<string, Func<SourceHyperparameters, Rule>> Translators =
        RuleRegistry.All.SelectMany(entry => entry.Families).ToDictionary(StringComparer.Ordinal);

    public static string? SkipReason(TrajectoryCase recorded) => (Translators.ContainsKey(Key(recorded)), recorded.Variant) switch
    {
        (true, _) => null,
        (false, null) => "no rule for this family",
        (false, _) => $"no rule for the variant '{recorded.Variant}'",
    };

    /// <summary>The rule of a case, every hyperparameter understood.</summary>
    public static Rule Translate(TrajectoryCase recorded)
    {
        var hyperparameters = recorded.Hyperparameters();
        Rule rule;
        try
        {
            rule = Translators[Key(recorded)](hyperparameters);
            rule.Validate();
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw recorded.Error("hyperparameters", e.Message, e);
        }

        var unread = hyperparameters.Unread();
        return unread.Count == 0
            ? rule
            : throw recorded.Error("hyperparameters", $"every one must be understood; the rule takes no notice of: {string.Join(", ", unread)}.");
    }

    private static string Key(TrajectoryCase recorded) => recorded.Variant is null ? recorded.Family : $"{recorded.Family}/{recorded.Variant}";
}
