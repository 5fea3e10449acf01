using Optim.LineSearches;

namespace Optim;

/// <summary>The line from a point along a direction, and the objective on it.</summary>
/// <param name="context">The work that searches.</param>
/// <param name="objective">The objective.</param>
internal abstract class DirectionLine<T>(TensorStepContext<T> context, StepObjective<T> objective) : ILine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public bool MayGoOn => objective.MayGoOn();

    /// <summary>The work that searches.</summary>
    protected TensorStepContext<T> Context => context;

    /// <summary>The point at a step of 0.</summary>
    protected TensorSet<T> Origin { get; set; } = null!;

    /// <summary>The direction.</summary>
    protected abstract ReadOnlySpan<T> Direction { get; }

    /// <inheritdoc/>
    public virtual TensorSet<T> Place(double step)
    {
        var moved = Origin.Copy();
        Vectors.AddMultiple(moved.Writable, step, Direction);
        return moved;
    }

    /// <inheritdoc/>
    public LinePoint<T> Evaluate(double step, TensorSet<T> place)
    {
        var (loss, gradient) = objective.Evaluate(place);
        return new(step, Loss(place, loss), Dot(gradient.Span, Direction), gradient, place);
    }

    /// <summary>The loss, with what the rule adds to the objective's.</summary>
    protected virtual double Loss(TensorSet<T> place, double loss) => loss;

    /// <summary>Where the step begins.</summary>
    /// <exception cref="ArithmeticException">The loss or the gradient is not finite.</exception>
    protected LinePoint<T> Start() => objective.Start(context);

    /// <summary>The first step to try where nothing is known of how far to go: no further than 1 in the sum of magnitudes.</summary>
    protected double FirstStep(TensorSet<T> gradient) => LineSearch.FirstStep(context.GlobalNorm(gradient.Span, 1));

    /// <summary>A dot product.</summary>
    protected double Dot(ReadOnlySpan<T> left, ReadOnlySpan<T> right) => Vectors.Dot(left, right, context.MaxThreads);
}
