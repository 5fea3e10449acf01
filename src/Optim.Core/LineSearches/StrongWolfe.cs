using System.Numerics;

namespace Optim.LineSearches;

/// <summary>A point on a line: how far out, the loss there, its derivative along the line, and its gradient.</summary>
internal readonly record struct LinePoint<T>(double Step, double Loss, double Slope, TensorSet<T> Gradient)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whether all is a number that one can compare; a point that is not counts as too far out.</summary>
    public bool IsFinite => double.IsFinite(Loss) && double.IsFinite(Slope);
}

/// <summary>Where a search ended.</summary>
/// <param name="Point">The point; the start itself where no better one was found.</param>
/// <param name="Evaluations">The number of evaluations.</param>
/// <param name="Holds">Whether the strong Wolfe conditions hold there; false is a failure to report.</param>
internal readonly record struct LineSearchResult<T>(LinePoint<T> Point, int Evaluations, bool Holds)
    where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>
/// A search for a point that satisfies the strong Wolfe conditions: first further and further out until such a point is between two others,
/// then closer and closer, by cubic interpolation (Nocedal and Wright 2006, algorithms 3.5 and 3.6; Schmidt's minFunc, as PyTorch has it).
/// </summary>
/// <remarks>A point where the loss or the slope is not finite is too far out; in PyTorch it is the end of all comparisons.</remarks>
internal static class StrongWolfe
{
    public const double Armijo = 1e-4, Curvature = 0.9;

    private const int MostTrials = 25;

    /// <param name="evaluate">From a step to the point there.</param>
    /// <param name="start">The point at 0; its slope is negative.</param>
    /// <param name="step">The first step to try; more than 0.</param>
    /// <param name="smallestBracket">Points no further apart than this on the line are taken for one.</param>
    public static LineSearchResult<T> Search<T>(Func<double, LinePoint<T>> evaluate, LinePoint<T> start, double step, double smallestBracket)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var search = new Trials<T>(evaluate, start);
        LinePoint<T> previous = start, point = search.Try(step);
        for (int trial = 0; trial < MostTrials; trial++)
        {
            bool beyond = !search.FallsEnough(point) || (trial > 1 && point.Loss >= previous.Loss);
            if (!beyond && search.IsFlatEnough(point))
            {
                return search.EndAt(point);
            }

            if (beyond || point.Slope >= 0)
            {
                return Zoom(search, previous, point, trial, smallestBracket);
            }

            double next = Interpolate(previous, point, point.Step + (0.01 * (point.Step - previous.Step)), 10 * point.Step);
            (previous, point) = (point, search.Try(next));
        }

        return search.EndAt(IsFirstLower(start, point) ? start : point);
    }

    private static LineSearchResult<T> Zoom<T>(Trials<T> search, LinePoint<T> first, LinePoint<T> second, int trial, double smallestBracket)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (low, high) = IsFirstLower(first, second) ? (first, second) : (second, first);
        bool wasNearEdge = false;
        for (; trial < MostTrials && Math.Abs(high.Step - low.Step) >= smallestBracket; trial++)
        {
            double left = Math.Min(low.Step, high.Step), right = Math.Max(low.Step, high.Step);
            double step = Interpolate(low, high, left, right), margin = 0.1 * (right - left);

            // Twice in a row near an edge, or on it: a tenth of the bracket away from it, so that the bracket shrinks.
            bool nearEdge = Math.Min(right - step, step - left) < margin;
            if (nearEdge && (wasNearEdge || step >= right || step <= left))
            {
                step = Math.Abs(step - right) < Math.Abs(step - left) ? right - margin : left + margin;
                nearEdge = false;
            }

            wasNearEdge = nearEdge;
            var point = search.Try(step);
            if (!search.FallsEnough(point) || point.Loss >= low.Loss)
            {
                (low, high) = IsFirstLower(low, point) ? (low, point) : (point, low);
                continue;
            }

            if (search.IsFlatEnough(point))
            {
                return search.EndAt(point);
            }

            (low, high) = (point, point.Slope * (high.Step - low.Step) >= 0 ? low : high);
        }

        return search.EndAt(low);
    }

    /// <summary>Where the cubic through both points, with their slopes, has its minimum within the bounds; their middle where it has none.</summary>
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

    private sealed class Trials<T>(Func<double, LinePoint<T>> evaluate, LinePoint<T> start)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private int evaluations;

        public LinePoint<T> Try(double step)
        {
            evaluations++;
            return evaluate(step);
        }

        public bool FallsEnough(LinePoint<T> point) => point.IsFinite && point.Loss <= start.Loss + (Armijo * point.Step * start.Slope);

        public bool IsFlatEnough(LinePoint<T> point) => Math.Abs(point.Slope) <= -Curvature * start.Slope;

        public LineSearchResult<T> EndAt(LinePoint<T> point) => new(point, evaluations, point.Step > 0 && FallsEnough(point) && IsFlatEnough(point));
    }
}
