using Optim.LineSearches;

namespace Optim;

/// <summary>
/// To a point that satisfies the strong Wolfe conditions: the loss has fallen by at least <see cref="Armijo"/> of what the initial slope predicts, and the slope is at most <see cref="Curvature"/> of the initial
/// one. Bracketing, then zooming in by cubic interpolation (Nocedal and Wright 2006, algorithms 3.5 and 3.6; Schmidt's minFunc, as in PyTorch).
/// </summary>
/// <remarks>
/// A point where the loss or the slope is not finite is too far out; in PyTorch it breaks all comparisons. The lower end of the bracket always
/// satisfies the first condition; in PyTorch it is the end with the lower loss, which need not. Steps that lead to the same point, once rounded, are evaluated
/// once: the point changes monotonically with the step in each element, so that a point equal to one outside the bracket equals an end of it.
/// </remarks>
public sealed record StrongWolfe : LineSearch
{
    /// <summary>c1, in [0, 1), less than <see cref="Curvature"/>. Default 1e-4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in [0, 1).</exception>
    public double Armijo { get; init => field = Constraint.UnitInterval.Check(value); } = 1e-4;

    /// <summary>c2, in [0, 1). Default 0.9, which suits quasi-Newton methods; 0.1 suits conjugate gradients.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in [0, 1).</exception>
    public double Curvature { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>The most points that it tries after the first, 0 or more; then it ends at the best that it may end at. Default 25.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int MaxTrials { get; init => field = Constraint.CheckCount(value, 0); } = 25;

    /// <summary>A copy with another <see cref="Armijo"/>.</summary>
    /// <param name="value">The value.</param>
    public StrongWolfe WithArmijo(double value) => this with { Armijo = value };

    /// <summary>A copy with another <see cref="Curvature"/>.</summary>
    /// <param name="value">The value.</param>
    public StrongWolfe WithCurvature(double value) => this with { Curvature = value };

    /// <summary>A copy with another <see cref="MaxTrials"/>.</summary>
    /// <param name="value">The value.</param>
    public StrongWolfe WithMaxTrials(int value) => this with { MaxTrials = value };

    internal override void Validate() => RequireOrder(Armijo, Curvature);

    internal override LineSearchResult<T> Search<T>(ILine<T> line, LinePoint<T> start, double step, double smallestBracket, double longest = double.PositiveInfinity)
    {
        var search = new Trials<T>(line, start, Armijo, Curvature, MaxTrials);
        LinePoint<T> previous = start, point = search.At(Math.Min(step, longest), start, start);
        for (int trial = 0; search.MayTry(trial); trial++)
        {
            if (point.Position.Equals(previous.Position))
            {
                if (point.Step >= longest)
                {
                    return search.EndAtLongest(point);
                }

                // Not far enough to leave the place.
                point = search.At(Math.Min(longest, 10 * point.Step), previous, previous);
                continue;
            }

            bool beyond = !search.FallsEnough(point) || (trial > 1 && point.Loss >= previous.Loss);
            if (beyond && search.IsLevel(point) && search.IsLevel(previous))
            {
                beyond = false;
            }

            if (!beyond && search.Suffices(point))
            {
                return search.EndAt(point);
            }

            if (!beyond && point.Slope < 0 && point.Step >= longest)
            {
                return search.EndAtLongest(point);
            }

            if (beyond || point.Slope >= 0)
            {
                bool isPreviousLow = !search.FallsEnough(point) || IsFirstLower(previous, point);
                return isPreviousLow ? Zoom(search, previous, point, trial, smallestBracket) : Zoom(search, point, previous, trial, smallestBracket);
            }

            double next = Math.Min(longest, Guess(search, previous, point, point.Step + (0.01 * (point.Step - previous.Step)), 10 * point.Step));
            (previous, point) = (point, search.At(next, point, point));
        }

        return search.EndAt(search.FallsEnough(point) && !IsFirstLower(start, point) ? point : start);
    }

    /// <summary>The zoom phase; low satisfies the first condition, or is level with the start within rounding, and its slope descends towards high.</summary>
    private static LineSearchResult<T> Zoom<T>(Trials<T> search, LinePoint<T> low, LinePoint<T> high, int trial, double smallestBracket)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool wasNearEdge = false;
        for (; search.MayTry(trial) && Math.Abs(high.Step - low.Step) >= smallestBracket; trial++)
        {
            double left = Math.Min(low.Step, high.Step), right = Math.Max(low.Step, high.Step);
            double step = Guess(search, low, high, left, right), margin = 0.1 * (right - left);

            // Twice in a row near an edge, or on it: a tenth of the bracket away from it, so that the bracket shrinks.
            bool nearEdge = Math.Min(right - step, step - left) < margin;
            if (nearEdge && (wasNearEdge || step >= right || step <= left))
            {
                step = Math.Abs(step - right) < Math.Abs(step - left) ? right - margin : left + margin;
                nearEdge = false;
            }

            wasNearEdge = nearEdge;
            if (search.Between(step, low, high) is not { } point)
            {
                break;
            }

            bool level = search.IsLevel(point) && search.IsLevel(low);
            if (!level && (!search.FallsEnough(point) || point.Loss >= low.Loss))
            {
                high = point;
                continue;
            }

            if (search.Suffices(point))
            {
                return search.EndAt(point);
            }

            (low, high) = (point, point.Slope * (high.Step - low.Step) >= 0 ? low : high);
        }

        return search.EndAtBest(low);
    }

    /// <summary>The estimated minimum within the bounds: of the cubic through both points or, if rounding hides how their losses differ, the zero of the slope.</summary>
    private static double Guess<T>(Trials<T> search, LinePoint<T> a, LinePoint<T> b, double least, double most)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!search.IsLevel(a) || !search.IsLevel(b))
        {
            return Interpolate(a, b, least, most);
        }

        double flat = b.Step - (b.Slope * (b.Step - a.Step) / (b.Slope - a.Slope));
        return double.IsFinite(flat) ? Math.Min(Math.Max(flat, least), most) : most;
    }

    /// <summary>The minimum within the bounds of the cubic through both points and their slopes; the midpoint if it has none.</summary>
    private static double Interpolate<T>(LinePoint<T> a, LinePoint<T> b, double least, double most)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (left, right) = a.Step <= b.Step ? (a, b) : (b, a);
        double mean = left.Slope + right.Slope - (3 * (left.Loss - right.Loss) / (left.Step - right.Step));
        double square = (mean * mean) - (left.Slope * right.Slope), root = Math.Sqrt(square);
        double minimum = right.Step - ((right.Step - left.Step) * ((right.Slope + root - mean) / (right.Slope - left.Slope + (2 * root))));
        return square >= 0 && double.IsFinite(minimum) ? Math.Min(Math.Max(minimum, least), most) : (least + most) / 2;
    }

    private static bool IsFirstLower<T>(LinePoint<T> first, LinePoint<T> second)
        where T : unmanaged, IFloatingPointIeee754<T> => first.IsFinite && (!second.IsFinite || first.Loss <= second.Loss);
}
