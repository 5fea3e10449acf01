namespace Optim;

/// <summary>How <see cref="Lbfgs"/> chooses its step along a direction.</summary>
public enum LineSearch
{
    /// <summary>A fixed step, the learning rate.</summary>
    None,

    /// <summary>
    /// To a point that satisfies the strong Wolfe conditions: the loss has decreased by at least 0.0001 of the decrease that the initial slope
    /// predicts, and the slope is at most 0.9 of the initial one (Nocedal and Wright 2006, algorithms 3.5 and 3.6).
    /// </summary>
    StrongWolfe,
}
