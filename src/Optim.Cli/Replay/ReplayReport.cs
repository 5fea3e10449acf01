using System.Globalization;
using Optim.Conformance;
using Spectre.Console;

namespace Optim.Cli.Replay;

/// <summary>The text report: one line per case, one per skipped family, and the count.</summary>
internal static class ReplayReport
{
    public static void Write(IReadOnlyList<CaseResult> results, TextWriter output)
    {
        var console = Terminal.For(output, folding: false);
        WriteCases(console, [.. results.Where(r => r.Outcome != Outcome.Skipped)]);
        WriteSkipped(console, results.Where(r => r.Outcome == Outcome.Skipped));
        console.WriteLine(FormattableString.Invariant($"{Count(Outcome.Passed)} passed, {Count(Outcome.Failed)} failed, {Count(Outcome.Skipped)} skipped"));

        int Count(Outcome outcome) => results.Count(r => r.Outcome == outcome);
    }

    private static void WriteCases(IAnsiConsole console, IReadOnlyList<CaseResult> results)
    {
        int family = Width(results, r => Family(r)), name = Width(results, r => r.Case ?? "");
        CaseResult? previous = null;
        foreach (var result in results)
        {
            if (previous is not null && Family(previous) != Family(result))
            {
                console.WriteLine();
            }

            console.Markup(result.Outcome == Outcome.Passed ? "[green]passed[/]  " : "[red]failed[/]  ");
            console.WriteLine($"{Family(result).PadRight(family)}  {(result.Case ?? "").PadRight(name)}  {Finding(result)}");
            previous = result;
        }

        if (results.Count > 0)
        {
            console.WriteLine();
        }
    }

    private static void WriteSkipped(IAnsiConsole console, IEnumerable<CaseResult> results)
    {
        var groups = results.GroupBy(r => (Family(r), r.Reason)).ToList();
        int family = groups.Select(g => g.Key.Item1.Length).DefaultIfEmpty(0).Max();
        foreach (var group in groups)
        {
            console.Markup("[yellow]skipped[/]  ");
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{group.Key.Item1.PadRight(family)}  {group.Count(),3} {(group.Count() == 1 ? "case" : "cases")}: {group.Key.Reason}"));
        }

        if (groups.Count > 0)
        {
            console.WriteLine();
        }
    }

    private static string Finding(CaseResult result)
    {
        if (result.Comparison is not { Worst: { } worst } comparison)
        {
            return result.Reason ?? "nothing to compare";
        }

        string allowed = comparison.Tolerance.ToString("G2", CultureInfo.InvariantCulture);
        return worst.Ratio == 0
            ? $"worst 0        of {allowed,-5}  everywhere ({string.Join(", ", comparison.Compared)})"
            : string.Create(
                CultureInfo.InvariantCulture, $"worst {worst.Ratio,-8:0.00E+0} of {allowed,-5}  {worst} ({string.Join(", ", comparison.Compared)} compared)");
    }

    private static string Family(CaseResult result) => result.Family ?? result.File;

    private static int Width(IEnumerable<CaseResult> results, Func<CaseResult, string> column) =>
        results.Select(r => column(r).Length).DefaultIfEmpty(0).Max();
}
