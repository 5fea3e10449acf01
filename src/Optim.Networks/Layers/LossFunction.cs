using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>A loss function of the scores.</summary>
internal abstract class LossFunction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>A description of the loss.</summary>
    public abstract string Description { get; }

    /// <summary>The factor of half the sum of squared weights added to the loss; 0 for most.</summary>
    public virtual double WeightPenalty => 0;

    /// <summary>Whether examples have a number to predict instead of a class.</summary>
    public virtual bool IsRegression => false;

    /// <summary>The loss of one example; replaces its scores by the gradient of that loss.</summary>
    /// <param name="scores">The score of each class.</param>
    /// <param name="label">The example's class.</param>
    /// <param name="target">The number to predict, for regression.</param>
    public abstract double Differentiate(Span<T> scores, int label, T target);
}
