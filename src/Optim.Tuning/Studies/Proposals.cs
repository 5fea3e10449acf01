namespace Optim.Tuning;

/// <summary>What a study tries next: its first trials, then what its sampler proposes, and nothing twice where the space is finite.</summary>
internal sealed class Proposals(Study study)
{
    // A space of more assignments is not exhausted by any study.
    private const int MostCounted = 100_000, MostAsked = 20;

    private readonly IReadOnlyList<Assignment>? everything = study.Space.Everything(MostCounted);

    /// <summary>The choice for a trial; null if all were tried.</summary>
    /// <param name="trials">All trials there are, running ones included.</param>
    /// <param name="number">The new trial's number.</param>
    public Assignment? Next(IEnumerable<TrialRecord> trials, int number)
    {
        if (number < study.First.Count)
        {
            return study.First[number];
        }

        var history = Merit.Of(study, [.. trials.OrderBy(trial => trial.Number)]);
        if (study.Sampler.IsExhausted(study.Space, history))
        {
            return null;
        }

        var proposed = study.Sampler.Propose(study.Space, history, study.Seed, number);
        if (everything is null)
        {
            return proposed;
        }

        var tried = history.Select(trial => trial.Parameters).ToHashSet();
        var left = everything.Where(assignment => !tried.Contains(assignment)).ToList();
        if (left.Count == 0)
        {
            return null;
        }

        // The sampler is asked again with other random numbers, so that what it prefers goes first; then any that is left.
        for (int again = 1; tried.Contains(proposed) && again < MostAsked; again++)
        {
            proposed = study.Sampler.Propose(study.Space, history, unchecked(study.Seed + (again * 0x9E3779B9L)), number);
        }

        return tried.Contains(proposed) ? left[(int)((uint)number % (uint)left.Count)] : proposed;
    }
}
