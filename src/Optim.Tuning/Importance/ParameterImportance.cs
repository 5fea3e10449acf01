using System.Globalization;

namespace Optim.Tuning;

/// <summary>The share of the variance between trials that one parameter explains by itself.</summary>
/// <remarks>
/// The main effects of a functional analysis of variance (Hutter, Hoos and Leyton-Brown 2014), computed from the trials themselves instead of a surrogate model: the trials are
/// ranked (Conover and Iman 1981), so that a diverged one counts no more than the last; a parameter's values are grouped, by choice or into quantiles;
/// the variance of the ranks between the groups, minus its expectation under chance (the epsilon squared of Kelley 1935), is what the parameter explains. A parameter that is active in
/// some trials only is evaluated on these, and explains a share of the total variance. Interactions are not covered. Samplers exploit good regions: the importance of a parameter
/// that was settled early is underestimated.
/// </remarks>
/// <param name="Name">The parameter.</param>
/// <param name="Share">Its share of what all parameters explain, from 0 to 1; all shares sum to 1, or are 0 if nothing is explained.</param>
public sealed record ParameterImportance(string Name, double Share)
{
    private const int MostGroups = 8, FewestInGroup = 4;

    /// <summary>The importance of each parameter of a space, the most important first.</summary>
    /// <param name="space">The space.</param>
    /// <param name="trials">Trials of it; running ones are ignored.</param>
    public static IReadOnlyList<ParameterImportance> Of(SearchSpace space, IEnumerable<TrialRecord> trials)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(trials);
        var ranks = Ranking.BestFirst(trials).Select((trial, rank) => (trial.Parameters, Rank: (double)rank)).ToList();
        var explained = space.Parameters.Select(parameter => (parameter.Name, Amount: Explained(parameter, ranks))).ToList();
        double sum = explained.Sum(item => item.Amount);
        return new ValueList<ParameterImportance>(
            explained.Select(item => new ParameterImportance(item.Name, sum > 0 ? item.Amount / sum : 0)).OrderByDescending(item => item.Share));
    }

    /// <summary>Name and share.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {100 * Share:F1} %");

    /// <summary>The sum of squares between a parameter's groups, minus its expectation for random groups; 0 or more.</summary>
    private static double Explained(SearchParameter parameter, List<(Assignment Parameters, double Rank)> trials)
    {
        var own = trials.Where(trial => trial.Parameters.Has(parameter.Name)).Select(trial => (Value: trial.Parameters[parameter.Name], trial.Rank)).ToList();
        var groups = Groups(parameter, own);
        if (groups.Count < 2 || own.Count <= groups.Count)
        {
            return 0;
        }

        double mean = own.Average(trial => trial.Rank);
        double within = groups.Sum(group => group.Sum(rank => Square(rank - group.Average())));
        double total = own.Sum(trial => Square(trial.Rank - mean));
        return Math.Max(0, total - within - ((groups.Count - 1) * within / (own.Count - groups.Count)));
    }

    private static List<List<double>> Groups(SearchParameter parameter, List<(ParameterValue Value, double Rank)> trials)
    {
        if (parameter is ChoiceParameter)
        {
            return [.. trials.GroupBy(trial => trial.Value).Select(group => group.Select(trial => trial.Rank).ToList())];
        }

        // Groups of as many trials each, equal values together.
        int count = Math.Clamp(trials.Count / FewestInGroup, 1, MostGroups);
        var ordered = trials.OrderBy(trial => trial.Value.Number).ToList();
        return
        [
            .. ordered.Select((trial, i) => (trial, First: ordered.FindIndex(other => other.Value == trial.Value)))
                .GroupBy(item => item.First * count / ordered.Count).Select(group => group.Select(item => item.trial.Rank).ToList()),
        ];
    }

    private static double Square(double x) => x * x;
}
