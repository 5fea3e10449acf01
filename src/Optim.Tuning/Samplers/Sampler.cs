using Optim.Values;

namespace Optim.Tuning;

/// <summary>Chooses the next parameters to try: a pure function of the space, the trials so far, a seed and the trial's number.</summary>
/// <remarks>The same arguments give the same bits on every machine.</remarks>
public abstract record Sampler
{
    /// <summary>Chooses the parameters of a trial.</summary>
    /// <param name="space">The space.</param>
    /// <param name="history">The trials so far, including running ones.</param>
    /// <param name="seed">Any number.</param>
    /// <param name="number">The trial's number; 0 or more.</param>
    public Assignment Propose(SearchSpace space, IReadOnlyList<TrialRecord> history, long seed, int number)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(history);
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        return Propose(space, history, new Draws(seed, number));
    }

    /// <summary>Whether nothing is left to propose.</summary>
    internal virtual bool IsExhausted(SearchSpace space, IReadOnlyList<TrialRecord> history) => false;

    /// <summary>The name and the members, numbers in the invariant culture.</summary>
    public sealed override string ToString() => InvariantText.Of(GetType().Name, PrintMembers);

    private protected abstract Assignment Propose(SearchSpace space, IReadOnlyList<TrialRecord> history, Draws draws);
}
