using Optim.LineSearches;

namespace Optim;

/// <summary>
/// To a point that satisfies the Wolfe conditions, or the approximate ones, which compare slopes alone and can be met where losses no longer differ; by secant steps on both ends of a bracket
/// (Hager and Zhang 2005, A new conjugate gradient method with guaranteed descent and an efficient line search; 2006, Algorithm 851: CG_DESCENT).
/// </summary>
/// <remarks>
/// The approximate conditions let the loss rise by up to <see cref="Slack"/> of its magnitude, as the authors have it. A point where the loss or the slope is not finite counts as too high.
/// </remarks>
public sealed record HagerZhang : LineSearch
{
    /// <summary>delta of the Wolfe conditions, in [0, 1), less than <see cref="Curvature"/> and than 1/2. Default 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in [0, 1).</exception>
    public double Armijo { get; init => field = Constraint.UnitInterval.Check(value); } = 0.1;

    /// <summary>sigma of the Wolfe conditions, in [0, 1). Default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in [0, 1).</exception>
    public double Curvature { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>epsilon: how much the loss may rise under the approximate conditions, in multiples of its magnitude at the start; 0 or more. Default 1e-6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or not finite.</exception>
    public double Slack { get; init => field = Constraint.NonNegative.Check(value); } = 1e-6;

    /// <summary>theta: where an interval is cut that may hold no point to end at, in (0, 1]. Default 0.5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in (0, 1].</exception>
    public double Cut { get; init => field = Constraint.PositiveFraction.Check(value); } = 0.5;

    /// <summary>gamma: a bracket that secant steps leave longer than this much of what it was is halved; in (0, 1]. Default 0.66.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in (0, 1].</exception>
    public double Decay { get; init => field = Constraint.PositiveFraction.Check(value); } = 0.66;

    /// <summary>rho: how many times further the next step goes while there is no bracket, 1 or more, and more than 1. Default 5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1, or not finite.</exception>
    public double Expansion { get; init => field = Constraint.AtLeastOne.Check(value); } = 5;

    /// <summary>The most points that it tries after the first, 0 or more; then it ends at the best that it may end at. Default 25.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int MaxTrials { get; init => field = Constraint.CheckCount(value, 0); } = 25;

    /// <summary>A copy with another <see cref="Armijo"/>.</summary>
    /// <param name="value">The value.</param>
    public HagerZhang WithArmijo(double value) => this with { Armijo = value };

    /// <summary>A copy with another <see cref="Curvature"/>.</summary>
    /// <param name="value">The value.</param>
    public HagerZhang WithCurvature(double value) => this with { Curvature = value };

    /// <summary>A copy with another <see cref="Slack"/>.</summary>
    /// <param name="value">The value.</param>
    public HagerZhang WithSlack(double value) => this with { Slack = value };

    /// <summary>A copy with another <see cref="Cut"/>.</summary>
    /// <param name="value">The value.</param>
    public HagerZhang WithCut(double value) => this with { Cut = value };

    /// <summary>A copy with another <see cref="Decay"/>.</summary>
    /// <param name="value">The value.</param>
    public HagerZhang WithDecay(double value) => this with { Decay = value };

    /// <summary>A copy with another <see cref="Expansion"/>.</summary>
    /// <param name="value">The value.</param>
    public HagerZhang WithExpansion(double value) => this with { Expansion = value };

    /// <summary>A copy with another <see cref="MaxTrials"/>.</summary>
    /// <param name="value">The value.</param>
    public HagerZhang WithMaxTrials(int value) => this with { MaxTrials = value };

    internal override void Validate()
    {
        RequireOrder(Armijo, Curvature);
        if (Armijo >= 0.5 || Cut == 1 || Expansion == 1)
        {
            throw new ArgumentException(FormattableString.Invariant($"Armijo must be less than 0.5, Cut less than 1 and Expansion more than 1, they were {Armijo}, {Cut} and {Expansion}."));
        }
    }

    internal override LineSearchResult<T> Search<T>(ILine<T> line, LinePoint<T> start, double step, double smallestBracket, double longest = double.PositiveInfinity) =>
        new SecantBracket<T>(this, line, start).Search(Math.Min(step, longest), smallestBracket, longest);
}
