namespace Optim.LineSearches;

/// <summary>The trial points of a line search, and its conditions.</summary>
/// <param name="line">The line.</param>
/// <param name="start">The point at 0.</param>
/// <param name="armijo">How much of the decrease that the initial slope predicts there must be.</param>
/// <param name="curvature">How much of the initial slope may be left; infinity for any.</param>
/// <param name="maxTrials">The most trials after the first.</param>
internal sealed class Trials<T>(ILine<T> line, LinePoint<T> start, double armijo, double curvature, int maxTrials)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Losses with a smaller relative difference may differ only by rounding.</summary>
    private static readonly double Rounding = typeof(T) == typeof(float) ? Math.ScaleB(1, -15) : Math.ScaleB(1, -35);

    private int evaluations;

    /// <summary>Whether another trial may be made after so many.</summary>
    public bool MayTry(int trials) => trials < maxTrials && line.MayGoOn;

    /// <summary>The point at a step; one of the given points if the step leads to the same parameters.</summary>
    public LinePoint<T> At(double step, LinePoint<T> first, LinePoint<T> second)
    {
        var place = line.Place(step);
        if (place.Equals(first.Position))
        {
            return first with { Step = step };
        }

        if (place.Equals(second.Position))
        {
            return second with { Step = step };
        }

        evaluations++;
        return line.Evaluate(step, place);
    }

    /// <summary>A point between two others, at a step or at their midpoint; null if there is none.</summary>
    public LinePoint<T>? Between(double step, LinePoint<T> first, LinePoint<T> second)
    {
        var place = line.Place(step);
        if (Is(place))
        {
            step = (first.Step + second.Step) / 2;
            place = line.Place(step);
            if (Is(place))
            {
                return null;
            }
        }

        evaluations++;
        return line.Evaluate(step, place);

        bool Is(TensorSet<T> place) => place.Equals(first.Position) || place.Equals(second.Position);
    }

    /// <summary>The first Wolfe condition, Armijo's.</summary>
    public bool FallsEnough(LinePoint<T> point) => point.IsFinite && point.Loss <= line.ArmijoBound(start, point, armijo);

    /// <summary>Whether rounding may hide if the loss is higher or lower than at the start: then the slope must locate the minimum.</summary>
    public bool IsLevel(LinePoint<T> point) => point.IsFinite && Math.Abs(point.Loss - start.Loss) <= Rounding * Math.Abs(start.Loss);

    /// <summary>
    /// Both conditions; or, if rounding hides whether the loss has decreased, the approximate ones, which use the slopes (Hager and Zhang 2005, A new
    /// conjugate gradient method with guaranteed descent and an efficient line search), with a smaller gradient.
    /// </summary>
    public bool Suffices(LinePoint<T> point) =>
        IsFlatEnough(point) && ((FallsEnough(point) && point.Loss < start.Loss) || (IsLevel(point) && line.GradientNorm(point) < line.GradientNorm(start)));

    /// <summary>Ends at a point, which may be the start.</summary>
    public LineSearchResult<T> EndAt(LinePoint<T> point) => new(point, evaluations, point.Step > 0 && Suffices(point));

    /// <summary>Ends at a point that satisfies conditions of the search's own.</summary>
    public LineSearchResult<T> EndSatisfied(LinePoint<T> point) => new(point, evaluations, Holds: true);

    /// <summary>Ends at the longest step; at the start where that does not leave its place.</summary>
    public LineSearchResult<T> EndAtLongest(LinePoint<T> point) => point.Position.Equals(start.Position) ? EndAt(start) : new(point, evaluations, point.Loss < start.Loss);

    /// <summary>Ends at the lower end of the bracket if the loss is lower there, else at the start.</summary>
    public LineSearchResult<T> EndAtBest(LinePoint<T> low) => EndAt(FallsEnough(low) && low.Loss < start.Loss ? low : start);

    private bool IsFlatEnough(LinePoint<T> point) => Math.Abs(point.Slope) <= -curvature * start.Slope;
}
