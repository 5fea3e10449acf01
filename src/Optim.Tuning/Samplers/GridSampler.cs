namespace Optim.Tuning;

/// <summary>
/// Grid search: every combination of the choices and of so many values of each number, evenly on its scale, the ends included; each once, in lexicographic order, the last parameter fastest. A study ends when the grid is exhausted.
/// </summary>
/// <remarks>For few parameters: random search covers many better (Bergstra and Bengio 2012). An integer with no more values than <see cref="Points"/> has all of them.</remarks>
public sealed record GridSampler : Sampler
{
    /// <summary>The values of each number, 1 or more; 1 is the middle of its scale. Default 5.</summary>
    public int Points
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Points), FormattableString.Invariant($"{nameof(Points)} must be 1 or more, was {value}."));
    } = 5;

    /// <summary>A copy with another <see cref="Points"/>.</summary>
    /// <param name="value">The value.</param>
    public GridSampler WithPoints(int value) => this with { Points = value };

    /// <summary>The grid of a space.</summary>
    /// <param name="space">The space.</param>
    public IEnumerable<Assignment> Grid(SearchSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        return space.Every(parameter => parameter is ChoiceParameter choice
            ? choice.Choices.Select(ParameterValue.OfChoice)
            : ((NumberParameter)parameter).Grid(Points).Select(ParameterValue.Of));
    }

    internal override bool IsExhausted(SearchSpace space, IReadOnlyList<TrialRecord> history) => Next(space, history) is null;

    // A grid that is exhausted begins again, for those who ask all the same.
    private protected override Assignment Propose(SearchSpace space, IReadOnlyList<TrialRecord> history, Draws draws) => Next(space, history) ?? Grid(space).First();

    private Assignment? Next(SearchSpace space, IReadOnlyList<TrialRecord> history)
    {
        var tried = history.Select(trial => trial.Parameters).ToHashSet();
        return Grid(space).FirstOrDefault(point => !tried.Contains(point));
    }
}
