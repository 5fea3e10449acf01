namespace Optim.LineSearches;

/// <summary>A point on a line: the step, the loss, its derivative along the line, its gradient, and the parameters.</summary>
internal readonly record struct LinePoint<T>(double Step, double Loss, double Slope, TensorSet<T> Gradient, TensorSet<T> Position)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whether all values are finite; a point with non-finite values counts as too far out.</summary>
    public bool IsFinite => double.IsFinite(Loss) && double.IsFinite(Slope);
}

/// <summary>A line through the parameters, and the objective on it.</summary>
internal interface ILine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whether another evaluation may be made: the run has not been cancelled, nor used up its evaluations.</summary>
    bool MayGoOn { get; }

    /// <summary>The parameters at a step, rounded to the element type: two steps may lead to the same point.</summary>
    TensorSet<T> Place(double step);

    /// <summary>Evaluates the objective at a step along the line.</summary>
    LinePoint<T> Evaluate(double step, TensorSet<T> place);

    /// <summary>The highest loss at a point that counts as fallen enough, for a factor of Armijo's condition.</summary>
    double ArmijoBound(LinePoint<T> start, LinePoint<T> point, double armijo) => start.Loss + (armijo * point.Step * start.Slope);

    /// <summary>The norm of the gradient, or of what else is 0 at a stationary point.</summary>
    double GradientNorm(LinePoint<T> point) => point.Gradient.Norm();
}

/// <summary>The result of a line search.</summary>
/// <param name="Point">The point; the start itself if no better one was found.</param>
/// <param name="Evaluations">The number of evaluations.</param>
/// <param name="Holds">Whether the conditions hold there; false means failure.</param>
internal readonly record struct LineSearchResult<T>(LinePoint<T> Point, int Evaluations, bool Holds)
    where T : unmanaged, IFloatingPointIeee754<T>;
