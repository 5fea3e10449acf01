namespace Optim.Tuning;

/// <summary>
/// The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl 2011, Algorithms for Hyper-Parameter Optimization): with l(x) the density of
/// the best fraction of the trials and g(x) that of the rest, it samples candidates from l and picks the one with the largest l(x) / g(x).
/// </summary>
/// <remarks>
/// The densities are multivariate, as in BOHB (Falkner, Klein and Hutter 2018): each trial is one kernel over all of its parameters, so that a rate that suits
/// one optimizer is not proposed for another. A parameter that was inactive in a trial is uniform in that trial's kernel; one more kernel is uniform in all
/// parameters. Numbers have a triweight kernel (a Gaussian's shape, with an end) on the scale of their parameter, truncated at the bounds, with a deviation of 0.2 of the
/// range times <c>n^(-1/(d + 4))</c> for n trials and d parameters (Scott 1992); choices keep their value with probability <c>(1 + 1/n) / (1 + k/n)</c> among k.
/// Ranking: complete by value, then pruned by progress, then failed. Running trials count as bad, so that workers do not
/// try the same (the constant liar of Ginsbourger, Le Riche and Carraro 2010).
/// </remarks>
public sealed record TpeSampler : Sampler
{
    /// <summary>The number of initial random trials; 1 or more. Default 10.</summary>
    public int StartupTrials { get; init => field = AtLeastOne(value, nameof(StartupTrials)); } = 10;

    /// <summary>The number of candidates per trial; 1 or more. Default 24.</summary>
    public int Candidates { get; init => field = AtLeastOne(value, nameof(Candidates)); } = 24;

    /// <summary>The fraction of finished trials that count as good, rounded up; in (0, 1). Default 0.15.</summary>
    public double GoodShare
    {
        get;
        init => field = value is > 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(GoodShare), FormattableString.Invariant($"{nameof(GoodShare)} must be more than 0 and less than 1, was {value}."));
    } = 0.15;

    /// <summary>A copy with another <see cref="StartupTrials"/>.</summary>
    /// <param name="value">The value.</param>
    public TpeSampler WithStartupTrials(int value) => this with { StartupTrials = value };

    /// <summary>A copy with another <see cref="Candidates"/>.</summary>
    /// <param name="value">The value.</param>
    public TpeSampler WithCandidates(int value) => this with { Candidates = value };

    /// <summary>A copy with another <see cref="GoodShare"/>.</summary>
    /// <param name="value">The value.</param>
    public TpeSampler WithGoodShare(double value) => this with { GoodShare = value };

    private protected override Assignment Propose(SearchSpace space, IReadOnlyList<TrialRecord> history, Draws draws)
    {
        var ranked = Ranking.BestFirst(history);
        if (ranked.Count < StartupTrials)
        {
            return space.Walk(draws.Any);
        }

        int good = Math.Min((int)Math.Ceiling(GoodShare * ranked.Count), ranked.Count - 1);
        var running = history.Where(trial => trial.State == TrialState.Running);
        var best = new ParzenMixture(space, [.. ranked.Take(Math.Max(good, 1)).Select(trial => trial.Parameters)]);
        var rest = new ParzenMixture(space, [.. ranked.Skip(Math.Max(good, 1)).Concat(running).Select(trial => trial.Parameters)]);
        var candidates = Enumerable.Range(0, Candidates).Select(_ => best.Draw(draws)).ToList();
        return candidates.MaxBy(candidate => best.Density(candidate) / rest.Density(candidate))!;
    }

    private static int AtLeastOne(int value, string name) => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, FormattableString.Invariant($"{name} must be 1 or more, was {value}."));
}
