using System.Numerics;

namespace Optim.LineSearches;

/// <summary>The trial points of a line search, and its conditions.</summary>
internal sealed class Trials<T>(ILine<T> line, LinePoint<T> start)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The factors of the two conditions.</summary>
    public const double Armijo = 1e-4, Curvature = 0.9;

    /// <summary>Losses with a smaller relative difference may differ only by rounding.</summary>
    private static readonly double Rounding = typeof(T) == typeof(float) ? Math.ScaleB(1, -15) : Math.ScaleB(1, -35);

    private int evaluations;

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
    public bool FallsEnough(LinePoint<T> point) => point.IsFinite && point.Loss <= start.Loss + (Armijo * point.Step * start.Slope);

    /// <summary>Whether rounding may hide if the loss is higher or lower than at the start: then the slope must locate the minimum.</summary>
    public bool IsLevel(LinePoint<T> point) => point.IsFinite && Math.Abs(point.Loss - start.Loss) <= Rounding * Math.Abs(start.Loss);

    /// <summary>
    /// Both conditions; or, if rounding hides whether the loss has decreased, the approximate ones, which use the slopes (Hager and Zhang 2005, A new
    /// conjugate gradient method with guaranteed descent and an efficient line search), with a smaller gradient.
    /// </summary>
    public bool Suffices(LinePoint<T> point) =>
        IsFlatEnough(point) && ((FallsEnough(point) && point.Loss < start.Loss) || (IsLevel(point) && point.Gradient.Norm() < start.Gradient.Norm()));

    public LineSearchResult<T> EndAt(LinePoint<T> point) => new(point, evaluations, point.Step > 0 && Suffices(point));

    /// <summary>Ends where there is no room for more.</summary>
    public LineSearchResult<T> EndAtWall(LinePoint<T> point) => new(point, evaluations, point.Loss < start.Loss);

    /// <summary>Ends at the lower end of the bracket if the loss is lower there, else at the start.</summary>
    public LineSearchResult<T> EndAtBest(LinePoint<T> low) => EndAt(FallsEnough(low) && low.Loss < start.Loss ? low : start);

    private bool IsFlatEnough(LinePoint<T> point) => Math.Abs(point.Slope) <= -Curvature * start.Slope;
}
