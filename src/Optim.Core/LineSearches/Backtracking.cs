using Optim.LineSearches;

namespace Optim;

/// <summary>Shorter and shorter steps, until the loss has fallen by at least <see cref="Armijo"/> of what the initial slope predicts (Armijo 1966; Nocedal and Wright 2006, algorithm 3.1).</summary>
/// <remarks>One evaluation where the first step will do, which is usual for quasi-Newton directions. It asks nothing of the slope, so that a pair of <see cref="Lbfgs"/> may be of no use and is then left out.</remarks>
public sealed record Backtracking : LineSearch
{
    /// <summary>c1, in [0, 1). Default 1e-4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in [0, 1).</exception>
    public double Armijo { get; init => field = Constraint.UnitInterval.Check(value); } = 1e-4;

    /// <summary>What the step is multiplied by, in [0, 1), and more than 0. Default 0.5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in [0, 1).</exception>
    public double Shrink { get; init => field = Constraint.UnitInterval.Check(value); } = 0.5;

    /// <summary>The most points that it tries after the first, 0 or more; then it ends at the best that it may end at. Default 25.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int MaxTrials { get; init => field = Constraint.CheckCount(value, 0); } = 25;

    /// <summary>A copy with another <see cref="Armijo"/>.</summary>
    /// <param name="value">The value.</param>
    public Backtracking WithArmijo(double value) => this with { Armijo = value };

    /// <summary>A copy with another <see cref="Shrink"/>.</summary>
    /// <param name="value">The value.</param>
    public Backtracking WithShrink(double value) => this with { Shrink = value };

    /// <summary>A copy with another <see cref="MaxTrials"/>.</summary>
    /// <param name="value">The value.</param>
    public Backtracking WithMaxTrials(int value) => this with { MaxTrials = value };

    internal override void Validate()
    {
        if (Shrink == 0)
        {
            throw new ArgumentException($"{nameof(Shrink)} must be more than 0, was 0: no step would be left.");
        }
    }

    internal override LineSearchResult<T> Search<T>(ILine<T> line, LinePoint<T> start, double step, double smallestBracket, double longest = double.PositiveInfinity)
    {
        var search = new Trials<T>(line, start, Armijo, double.PositiveInfinity, MaxTrials);
        var previous = start;
        step = Math.Min(step, longest);
        for (int trial = 0; ; trial++)
        {
            var point = search.At(step, previous, start);
            if (search.Suffices(point))
            {
                return search.EndAt(point);
            }

            if (point.Position.Equals(start.Position) || step <= smallestBracket || !search.MayTry(trial))
            {
                return search.EndAt(start);
            }

            previous = point;
            step *= Shrink;
        }
    }
}
