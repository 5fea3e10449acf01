using System.Globalization;
using System.Text;
using Optim.Conformance;

namespace Optim.Cli.Rules;

/// <summary>The rules as a Markdown page: docs/optimizers.md.</summary>
internal static class RuleDocument
{
    /// <summary>The page.</summary>
    /// <param name="results">Replayed recordings, for the table of conformance; null for none.</param>
    public static string Of(IReadOnlyList<CaseResult>? results)
    {
        var page = new StringBuilder();
        var all = RuleFacts.Of(RuleRegistry.All).ToList();
        page.Append(
            """
            # Optimizers

            <!-- Written by `optim rules --markdown --recordings tests/golden`; a test holds it to that. -->

            Every rule that Optim ships, from the registry that the laws, the recordings and the command line use as well.
            In the formulas g is the gradient (for a piece: the incoming update u), p the parameter before the step, t the step from 1, lr
            the learning rate, wd the weight decay; a rule's result is subtracted from the parameters. Bytes are those that an in-place step
            reads and writes per parameter in float32, at the defaults.

            No finite gradient makes a parameter NaN, whatever its magnitude, at the defaults; what is said otherwise is said at the rule. With an epsilon of exactly 0 a quotient
            can be 0 / 0, which is NaN, as in PyTorch: for an element whose gradients have all been 0. A constant that single precision turns into 0 or infinity (an epsilon
            of 1e-50, a rate of 1e39) is refused for parameters in single precision; a schedule may come to 0 on its way.

            """).AppendLine();
        Contents(page, "Optimizers", all.Where(facts => facts.Entry.IsPreset));
        Contents(page, "Pieces and wrappers", all.Where(facts => !facts.Entry.IsPreset));
        if (results is not null)
        {
            Conformance(page, results);
        }

        foreach (var facts in all)
        {
            Section(page, facts);
        }

        return page.ToString().ReplaceLineEndings("\n").TrimEnd() + "\n";
    }

    /// <summary>A rule's description besides its formula.</summary>
    public static IEnumerable<(string Name, string Text)> Lines(RuleFacts facts)
    {
        yield return ("Defaults", facts.Defaults);
        yield return ("State", facts.State);
        yield return ("Bytes an element", facts.BytesPerElement);
        yield return ("Needs", facts.Input);
        yield return ("Paper", facts.Entry.Paper.TrimEnd('.'));
        yield return ("Definition", facts.Entry.Definition.TrimEnd('.'));
        if (facts.Entry.Disagreements.Length > 0)
        {
            yield return ("Elsewhere", facts.Entry.Disagreements.TrimEnd('.'));
        }
    }

    private static void Contents(StringBuilder page, string title, IEnumerable<RuleFacts> rules)
    {
        page.Append(CultureInfo.InvariantCulture, $"**{title}:** ")
            .AppendJoin(", ", rules.Select(facts => $"[{facts.Entry.Title}](#{facts.Entry.Name})")).AppendLine(".").AppendLine();
    }

    private static void Section(StringBuilder page, RuleFacts facts)
    {
        page.Append(CultureInfo.InvariantCulture, $"## {facts.Entry.Name}").AppendLine().AppendLine();
        page.Append(CultureInfo.InvariantCulture, $"**{facts.Entry.Title}** (`{facts.TypeName}`). {facts.Entry.Summary}").AppendLine().AppendLine();
        page.AppendLine("```text").AppendJoin('\n', facts.Formula).AppendLine().AppendLine("```").AppendLine();
        foreach (var (name, text) in Lines(facts))
        {
            page.Append(CultureInfo.InvariantCulture, $"- {name}: {(name == "Defaults" ? $"`{text}`" : text)}").AppendLine();
        }

        page.AppendLine();
    }

    private static void Conformance(StringBuilder page, IReadOnlyList<CaseResult> results)
    {
        page.Append(
            """
            ## Conformance

            Recordings of other implementations (each file names its source), replayed step by step; the largest deviation is
            `|a - b| / max(|b|, 0.001 max |b| of the tensor)` over parameters and slots, and the allowed one is given by the recording.

            | recording | rule | cases | largest deviation | allowed |
            |---|---|---|---|---|

            """);
        foreach (var file in results.GroupBy(result => result.File))
        {
            var worst = file.Where(result => result.Comparison?.Worst is not null).MaxBy(result => result.Comparison!.Worst!.Ratio);
            string deviation = worst is null ? "none" : worst.Comparison!.Worst!.Ratio.ToString("0.0E+0", CultureInfo.InvariantCulture);
            string allowed = worst is null ? "" : worst.Comparison!.Tolerance.ToString("G2", CultureInfo.InvariantCulture);
            page.Append(
                CultureInfo.InvariantCulture,
                $"| {Path.GetFileNameWithoutExtension(file.Key)} | {RuleOf(file.First())} | {file.Count(result => result.Outcome == Outcome.Passed)} of {file.Count()} | {deviation} | {allowed} |")
                .AppendLine();
        }

        page.AppendLine();
    }

    private static string RuleOf(CaseResult result) => string.Join(", ", RuleFamilies.RulesOf(result.Family)
        .Select(name => $"[{name}](#{name})").DefaultIfEmpty("several"));
}
