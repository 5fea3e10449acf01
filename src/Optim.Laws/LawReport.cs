using System.Globalization;
using System.Text;

namespace Optim.Laws;

/// <summary>The outcome of one law.</summary>
public enum LawVerdict
{
    /// <summary>It held in every case.</summary>
    Held,

    /// <summary>It does not apply to this rule.</summary>
    DoesNotApply,

    /// <summary>It does not hold.</summary>
    Broken,
}

/// <summary>A law of the suite.</summary>
/// <param name="Number">Its number; parts of a law share one.</param>
/// <param name="Statement">What holds, in a sentence.</param>
public sealed record LawStatement(int Number, string Statement)
{
    /// <summary>The number and the sentence.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number,2} {Statement}");
}

/// <summary>The result of one law for one rule.</summary>
/// <param name="Law">The law.</param>
/// <param name="Verdict">Whether it held.</param>
public sealed record LawResult(LawStatement Law, LawVerdict Verdict)
{
    /// <summary>The number of cases run.</summary>
    public int Cases { get; init; }

    /// <summary>Why the law does not apply, or what does not hold in <see cref="Counterexample"/>; null if it held.</summary>
    public string? Reason { get; init; }

    /// <summary>The smallest case found in which it does not hold: rule, layout, parameters, gradients; otherwise null.</summary>
    public string? Counterexample { get; init; }

    /// <summary>The value of <see cref="LawOptions.Replay"/> that runs that case again; otherwise null.</summary>
    public string? Replay { get; init; }

    /// <summary>The law, the verdict and, if it is broken, the counterexample and how to run it again.</summary>
    public override string ToString() => Verdict switch
    {
        LawVerdict.Held => string.Create(CultureInfo.InvariantCulture, $"held      {Law} ({Cases} cases)"),
        LawVerdict.DoesNotApply => $"no matter {Law}\n             does not apply: {Reason}",
        _ => string.Create(CultureInfo.InvariantCulture, $"BROKEN    {Law} (case {Cases})\n             {Reason}\n             in the smallest case found:\n")
            + string.Concat((Counterexample ?? "").Split('\n').Select(line => $"               {line}\n"))
            + string.Create(CultureInfo.InvariantCulture, $"             to run it again: new LawOptions {{ Laws = [{Law.Number}], Replay = \"{Replay}\" }}"),
    };
}

/// <summary>The results of all laws for one rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Results">One result per law, ordered by number.</param>
public sealed record LawReport(Rule Rule, IReadOnlyList<LawResult> Results)
{
    /// <summary>Every law, in order.</summary>
    public IReadOnlyList<LawResult> Results { get; init; } = new ValueList<LawResult>(Results);

    /// <summary>Whether no law is broken.</summary>
    public bool Holds => !Broken.Any();

    /// <summary>The broken laws.</summary>
    public IEnumerable<LawResult> Broken => Results.Where(result => result.Verdict == LawVerdict.Broken);

    /// <summary>The rule and one paragraph per law.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Rule.ToString()).Append('\n');
        foreach (var result in Results)
        {
            text.Append(result).Append('\n');
        }

        int Count(LawVerdict verdict) => Results.Count(result => result.Verdict == verdict);
        return text.Append(CultureInfo.InvariantCulture, $"{Count(LawVerdict.Held)} held, {Count(LawVerdict.Broken)} broken, {Count(LawVerdict.DoesNotApply)} do not apply")
            .ToString();
    }
}
