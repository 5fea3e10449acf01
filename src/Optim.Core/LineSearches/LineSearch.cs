using Optim.LineSearches;

namespace Optim;

/// <summary>How a rule on the objective chooses its step along a direction: <see cref="StrongWolfe"/>, <see cref="MoreThuente"/>, <see cref="HagerZhang"/>, <see cref="Backtracking"/> or <see cref="FixedStep"/>.</summary>
/// <remarks>
/// A value: a hyperparameter of <see cref="Lbfgs"/>, <see cref="LbfgsB"/>, <see cref="NonlinearConjugateGradient"/> and <see cref="GradientDescent"/>. Wherever the loss or its slope is not finite a search has gone too far. No search evaluates a point
/// twice, steps that lead to the same point once rounded included. Where rounding hides whether the loss has fallen (a relative difference below 3e-11, in float 3e-5) the slopes decide, as long as the gradient shrinks.
/// </remarks>
public abstract record LineSearch
{
    private protected LineSearch()
    {
    }

    /// <summary>Whether there is a search: <see cref="FixedStep"/> is none.</summary>
    internal virtual bool Searches => true;

    /// <summary>The kind and its numbers, in the invariant culture.</summary>
    public sealed override string ToString() => InvariantText.Of(GetType().Name, PrintMembers);

    /// <summary>Refuses numbers that do not go together.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    internal virtual void Validate()
    {
    }

    /// <summary>Refuses the fixed step where a rule would not descend by it, and numbers that do not go together.</summary>
    /// <exception cref="ArgumentException">It is no search.</exception>
    internal void RequireSearch(string rule)
    {
        Validate();
        if (!Searches)
        {
            throw new ArgumentException($"{nameof(LineSearch)} must search, was {this}: {rule} has no learning rate to go by.");
        }
    }

    /// <summary>Searches along a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="start">The point at 0; its slope is negative.</param>
    /// <param name="step">The first step to try; more than 0.</param>
    /// <param name="smallestBracket">Steps no further apart than this count as equal.</param>
    /// <param name="longest">The longest step there is room for: a point there that falls enough, the slope still descending, ends the search. Default infinity.</param>
    internal abstract LineSearchResult<T> Search<T>(ILine<T> line, LinePoint<T> start, double step, double smallestBracket, double longest = double.PositiveInfinity)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>The first step to try along the negative gradient where nothing is known of how far to go: no further than 1 by some norm of it, and neither 0 nor infinite however large or small that is.</summary>
    /// <param name="norm">The norm; infinite where it overflows.</param>
    /// <param name="longest">The longest step to begin with. Default 1.</param>
    internal static double FirstStep(double norm, double longest = 1) => Math.Clamp(1 / norm, double.Epsilon, Math.Min(longest, double.MaxValue));

    /// <summary>Refuses a pair of factors with which no point need satisfy both conditions.</summary>
    private protected static void RequireOrder(double armijo, double curvature)
    {
        if (!(armijo < curvature))
        {
            throw new ArgumentException(FormattableString.Invariant($"Armijo must be less than Curvature, they were {armijo} and {curvature}."));
        }
    }
}

/// <summary>No search: the step is the rule's learning rate.</summary>
public sealed record FixedStep : LineSearch
{
    internal override bool Searches => false;

    internal override LineSearchResult<T> Search<T>(ILine<T> line, LinePoint<T> start, double step, double smallestBracket, double longest = double.PositiveInfinity)
    {
        var place = line.Place(Math.Min(step, longest));
        var point = place.Equals(start.Position) ? start : line.Evaluate(Math.Min(step, longest), place);
        return new(point, point.Step > 0 ? 1 : 0, point.Step > 0);
    }
}
