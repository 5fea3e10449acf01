using System.Numerics;

namespace Optim.LineSearches;

/// <summary>A point on a line: how far out, the loss there, its derivative along the line, its gradient, and where that is.</summary>
internal readonly record struct LinePoint<T>(double Step, double Loss, double Slope, TensorSet<T> Gradient, TensorSet<T> Position)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whether all is a number that one can compare; a point that is not counts as too far out.</summary>
    public bool IsFinite => double.IsFinite(Loss) && double.IsFinite(Slope);
}

/// <summary>A line through the parameters, and the objective on it.</summary>
internal interface ILine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The parameters so far out, rounded to the element type: two steps may lead to one place.</summary>
    TensorSet<T> Place(double step);

    /// <summary>Evaluates the objective at a place on the line.</summary>
    LinePoint<T> Evaluate(double step, TensorSet<T> place);
}

/// <summary>Where a search ended.</summary>
/// <param name="Point">The point; the start itself where no better one was found.</param>
/// <param name="Evaluations">The number of evaluations.</param>
/// <param name="Holds">Whether the conditions hold there; false is a failure to report.</param>
internal readonly record struct LineSearchResult<T>(LinePoint<T> Point, int Evaluations, bool Holds)
    where T : unmanaged, IFloatingPointIeee754<T>;
