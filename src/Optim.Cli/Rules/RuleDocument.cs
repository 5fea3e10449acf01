using System.Globalization;
using System.Text;
using Optim.Conformance;

namespace Optim.Cli.Rules;

/// <summary>The rules as a Markdown page: docs/optimizers.md.</summary>
internal static class RuleDocument
{
    /// <summary>The page: the index by family, each rule, and the table of conformance.</summary>
    /// <param name="results">Replayed recordings, for the table of conformance; null for none.</param>
    public static string Of(IReadOnlyList<CaseResult>? results)
    {
        var page = new StringBuilder(Index(facts => "#" + facts.Entry.Name, null));
        page.AppendLine();
        foreach (var facts in RuleFamily.All.SelectMany(family => family.Rules))
        {
            Section(page, facts);
        }

        Conformance(page, results, name => "#" + name);
        return page.ToString().ReplaceLineEndings("\n").TrimEnd() + "\n";
    }

    /// <summary>The index by family, a line for each rule.</summary>
    /// <param name="address">Where a rule is described.</param>
    /// <param name="results">Replayed recordings, for the table of conformance; null for none.</param>
    public static string Index(Func<RuleFacts, string> address, IReadOnlyList<CaseResult>? results)
    {
        var page = new StringBuilder();
        page.Append(
            """
            # Optimizers

            <!-- Written by `optim rules --markdown --recordings tests/golden`; a test holds it to that. -->

            Every rule that Optim ships, from the registry that the laws, the recordings and the command line use as well.
            In the formulas g is the gradient (for a piece: the incoming update u), p the parameter before the step, t the step from 1, lr
            the learning rate, wd the weight decay; a rule's result is subtracted from the parameters. Bytes are those that an in-place step
            reads and writes per parameter in float32, at the defaults. Which one to choose: [choosing](choosing.md).

            """).AppendLine();
        foreach (var family in RuleFamily.All)
        {
            page.Append(CultureInfo.InvariantCulture, $"**{family.Title}.** {family.Text}").AppendLine().AppendLine();
            page.AppendLine("| rule | class | what it does |").AppendLine("|---|---|---|");
            foreach (var facts in family.Rules)
            {
                page.Append(CultureInfo.InvariantCulture, $"| [{facts.Entry.Title}]({address(facts)}) | `{facts.TypeName}` | {facts.Entry.Summary} |").AppendLine();
            }

            page.AppendLine();
        }

        page.Append(
            """
            No finite gradient makes a parameter NaN, whatever its magnitude, at the defaults; what is said otherwise is said at the rule. With an epsilon of exactly 0 a quotient
            can be 0 / 0, which is NaN, as in PyTorch: for an element whose gradients have all been 0. A constant that single precision turns into 0 or infinity (an epsilon
            of 1e-50, a rate of 1e39) is refused for parameters in single precision; a schedule may come to 0 on its way.
            """).AppendLine();
        if (results is not null)
        {
            page.AppendLine();
            Conformance(page, results, name => $"rules/{name}.md");
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

    /// <summary>Replayed recordings as a table.</summary>
    /// <param name="page">The page.</param>
    /// <param name="results">The replayed cases.</param>
    /// <param name="address">Where a rule is described, for a column of rules; null for none.</param>
    public static void Recordings(StringBuilder page, IReadOnlyList<CaseResult> results, Func<string, string>? address)
    {
        page.AppendLine(address is null ? "| recording | cases | largest deviation | allowed |" : "| recording | rule | cases | largest deviation | allowed |").AppendLine(address is null ? "|---|---|---|---|" : "|---|---|---|---|---|");
        foreach (var file in results.GroupBy(result => result.File))
        {
            var worst = file.Where(result => result.Comparison?.Worst is not null).MaxBy(result => result.Comparison!.Worst!.Ratio);
            string deviation = worst is null ? "none" : worst.Comparison!.Worst!.Ratio.ToString("0.0E+0", CultureInfo.InvariantCulture);
            string allowed = worst is null ? "" : worst.Comparison!.Tolerance.ToString("G2", CultureInfo.InvariantCulture);
            string rules = address is null ? "" : $" {string.Join(", ", RuleFamilies.RulesOf(file.First().Family).Select(name => $"[{name}]({address(name)})").DefaultIfEmpty("several"))} |";
            page.Append(
                CultureInfo.InvariantCulture,
                $"| {Path.GetFileNameWithoutExtension(file.Key)} |{rules} {file.Count(result => result.Outcome == Outcome.Passed)} of {file.Count()} | {deviation} | {allowed} |")
                .AppendLine();
        }
    }

    private static void Conformance(StringBuilder page, IReadOnlyList<CaseResult>? results, Func<string, string> address)
    {
        if (results is null)
        {
            return;
        }

        page.Append(
            """
            ## Conformance

            Recordings of other implementations (each file names its source), replayed step by step; the largest deviation is
            `|a - b| / max(|b|, 0.001 max |b| of the tensor)` over parameters and slots, and the allowed one is given by the recording.


            """);
        Recordings(page, results, address);
    }
}
