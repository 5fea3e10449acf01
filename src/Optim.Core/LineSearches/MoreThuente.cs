using Optim.LineSearches;

namespace Optim;

/// <summary>
/// To a point that satisfies the strong Wolfe conditions, by cubic and quadratic interpolation with safeguards (Moré and Thuente 1994, Line search algorithms with guaranteed sufficient decrease; MINPACK-2's
/// <c>dcsrch</c>, which L-BFGS-B and SciPy use).
/// </summary>
/// <remarks>A point where the loss or the slope is not finite is too far out: half the way back is tried. Where rounding hides how losses differ, the slopes alone are interpolated.</remarks>
public sealed record MoreThuente : LineSearch
{
    /// <summary>mu, in [0, 1), less than <see cref="Curvature"/>. Default 1e-3, that of L-BFGS-B.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in [0, 1).</exception>
    public double Armijo { get; init => field = Constraint.UnitInterval.Check(value); } = 1e-3;

    /// <summary>eta, in [0, 1). Default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in [0, 1).</exception>
    public double Curvature { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>The most points that it tries after the first, 0 or more; then it ends at the best that it may end at. Default 25.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int MaxTrials { get; init => field = Constraint.CheckCount(value, 0); } = 25;

    /// <summary>A copy with another <see cref="Armijo"/>.</summary>
    /// <param name="value">The value.</param>
    public MoreThuente WithArmijo(double value) => this with { Armijo = value };

    /// <summary>A copy with another <see cref="Curvature"/>.</summary>
    /// <param name="value">The value.</param>
    public MoreThuente WithCurvature(double value) => this with { Curvature = value };

    /// <summary>A copy with another <see cref="MaxTrials"/>.</summary>
    /// <param name="value">The value.</param>
    public MoreThuente WithMaxTrials(int value) => this with { MaxTrials = value };

    internal override void Validate() => RequireOrder(Armijo, Curvature);

    internal override LineSearchResult<T> Search<T>(ILine<T> line, LinePoint<T> start, double step, double smallestBracket, double longest = double.PositiveInfinity)
    {
        const double Further = 4, LeastFurther = 1.1, Shrinking = 0.66;
        var search = new Trials<T>(line, start, Armijo, Curvature, MaxTrials);
        var interval = new Interval<T>(start, start, IsBracket: false);
        double tooFar = double.PositiveInfinity, width = double.PositiveInfinity, widthBefore = double.PositiveInfinity, least = 0, most = (1 + Further) * step;
        bool isFirstStage = true;
        step = Math.Min(step, longest);
        for (int trial = 0; ; trial++)
        {
            LinePoint<T> point;
            if (trial == 0 || !interval.IsBracket)
            {
                point = search.At(step, interval.Best, start);
                if (point.Position.Equals(interval.Best.Position))
                {
                    if (point.Step >= longest)
                    {
                        return search.EndAtLongest(point);
                    }

                    if (double.IsFinite(tooFar) || !search.MayTry(trial))
                    {
                        return search.EndAtBest(interval.Best);
                    }

                    // Not far enough to leave the place.
                    step = Math.Min(longest, Further * step);
                    most = (1 + Further) * step;
                    continue;
                }
            }
            else if (search.Between(step, interval.Best, interval.Other) is { } between)
            {
                point = between;
            }
            else
            {
                return search.EndAtBest(interval.Best);
            }

            if (search.Suffices(point))
            {
                return search.EndAt(point);
            }

            if (search.FallsEnough(point) && point.Slope < 0 && point.Step >= longest)
            {
                return search.EndAtLongest(point);
            }

            if (!search.MayTry(trial) || (interval.IsBracket && Math.Abs(interval.Other.Step - interval.Best.Step) <= smallestBracket))
            {
                return search.EndAtBest(search.FallsEnough(point) && point.Loss < interval.Best.Loss ? point : interval.Best);
            }

            if (!point.IsFinite)
            {
                tooFar = point.Step;
                step = (interval.Best.Step + tooFar) / 2;
                continue;
            }

            // The auxiliary function, without the decrease that is asked for, until a point has fallen enough and the slope has turned.
            isFirstStage &= !(search.FallsEnough(point) && point.Slope >= 0);
            double tilt = isFirstStage && point.Loss <= interval.Best.Loss && !search.FallsEnough(point) ? Armijo * start.Slope : 0;
            bool isLevel = search.IsLevel(point) && search.IsLevel(interval.Best);
            (interval, step) = interval.Next(point, tilt, isLevel, least, Math.Min(most, longest));
            if (interval.IsBracket)
            {
                double now = Math.Abs(interval.Other.Step - interval.Best.Step);
                step = now >= Shrinking * widthBefore ? interval.Best.Step + ((interval.Other.Step - interval.Best.Step) / 2) : step;
                (widthBefore, width) = (width, now);
                (least, most) = (Math.Min(interval.Best.Step, interval.Other.Step), Math.Max(interval.Best.Step, interval.Other.Step));
            }
            else
            {
                (least, most) = (step + (LeastFurther * (step - interval.Best.Step)), step + (Further * (step - interval.Best.Step)));
            }

            step = Math.Clamp(step, 0, longest);
            step = step >= tooFar ? (interval.Best.Step + tooFar) / 2 : step;
        }
    }
}
