using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>How wrong scores are: the last step of a network.</summary>
internal abstract class LossFunction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The loss in words.</summary>
    public abstract string Description { get; }

    /// <summary>What the sum of the squared weights, halved, is multiplied by to be added to the loss; 0 for most.</summary>
    public virtual double WeightPenalty => 0;

    /// <summary>The loss of one image; replaces its scores by the gradient of that loss.</summary>
    /// <param name="scores">The score of each class.</param>
    /// <param name="label">The image's class.</param>
    public abstract double Differentiate(Span<T> scores, int label);
}
