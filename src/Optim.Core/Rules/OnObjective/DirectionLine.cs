using System.Globalization;
using Optim.LineSearches;

namespace Optim;

/// <summary>The line from a point along a direction, and the objective on it.</summary>
/// <param name="context">The work that searches.</param>
/// <param name="objective">The objective.</param>
/// <param name="mayGoOn">Whether it may be evaluated again.</param>
internal abstract class DirectionLine<T>(TensorStepContext<T> context, Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, Func<bool> mayGoOn) : ILine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public bool MayGoOn => mayGoOn();

    /// <summary>The work that searches.</summary>
    protected TensorStepContext<T> Context => context;

    /// <summary>The point at a step of 0.</summary>
    protected TensorSet<T> Origin { get; set; } = null!;

    /// <summary>The direction.</summary>
    protected abstract ReadOnlySpan<T> Direction { get; }

    /// <inheritdoc/>
    public TensorSet<T> Place(double step)
    {
        var moved = Origin.Copy();
        Vectors.AddMultiple(moved.Writable, step, Direction);
        return moved;
    }

    /// <inheritdoc/>
    public LinePoint<T> Evaluate(double step, TensorSet<T> place)
    {
        var (loss, gradient) = objective(place);
        return new(step, loss, Dot(gradient.Span, Direction), gradient, place);
    }

    /// <summary>Where the step begins.</summary>
    /// <param name="loss">The loss there.</param>
    /// <param name="rule">The rule's name, for the error.</param>
    /// <exception cref="ArithmeticException">The loss or the gradient is not finite.</exception>
    protected LinePoint<T> Start(double loss, string rule)
    {
        double largest = context.GlobalNorm(double.PositiveInfinity);
        return double.IsFinite(loss) && double.IsFinite(largest)
            ? new(0, loss, 0, TensorSet.OfValues(context.Layout, context.Update), TensorSet.OfValues(context.Layout, context.Parameters))
            : throw new ArithmeticException(string.Create(
                CultureInfo.InvariantCulture,
                $"{rule}: the loss and the gradient must be finite, the loss was {loss} and the gradient's largest magnitude {largest} at step {context.Clock}."));
    }

    /// <summary>The first step to try where nothing is known of how far to go: no further than 1 in the sum of magnitudes.</summary>
    protected double FirstStep(TensorSet<T> gradient) => Math.Clamp(1 / context.GlobalNorm(gradient.Span, 1), double.Epsilon, 1);

    /// <summary>A dot product.</summary>
    protected double Dot(ReadOnlySpan<T> left, ReadOnlySpan<T> right) => Vectors.Dot(left, right, context.MaxThreads);
}
