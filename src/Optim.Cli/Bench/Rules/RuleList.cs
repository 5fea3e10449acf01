using System.CommandLine;
using Optim.Cli.Completion;

namespace Optim.Cli.Bench.Rules;

/// <summary>The option <c>--rules</c>: all rules of the registry, or some by name.</summary>
internal static class RuleList
{
    private const string Everyone = "all";

    private static readonly string[] Known = [Everyone, .. RuleRegistry.All.Select(entry => entry.Name)];

    /// <summary>The option; its value is null where it is not given.</summary>
    public static Option<RuleEntry[]?> Option()
    {
        var option = new Option<RuleEntry[]?>("--rules")
        {
            Description = "Measure a step of each of these rules instead (all, or names such as adamw,muon) beside the bytes that it must move. Default sizes: 4000000; threads: 1.",
            HelpName = "names",
            AllowMultipleArgumentsPerToken = true,
            CustomParser = result =>
            {
                List<RuleEntry> rules = [];
                foreach (string name in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
                {
                    if (name.Equals(Everyone, StringComparison.OrdinalIgnoreCase))
                    {
                        rules.AddRange(RuleRegistry.All);
                    }
                    else if (RuleRegistry.Find(name.ToLowerInvariant()) is { } entry)
                    {
                        rules.Add(entry);
                    }
                    else
                    {
                        result.AddError($"There is no rule '{name}'; {UnknownName.Hint(name, Known)}");
                    }
                }

                if (rules.Count == 0)
                {
                    result.AddError("--rules must be all or names of rules, was ''.");
                }

                return [.. rules.Distinct()];
            },
        };
        option.CompletionSources.Add(ListCompletion.Of(Known));
        return option;
    }
}
