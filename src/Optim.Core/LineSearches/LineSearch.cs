namespace Optim;

/// <summary>How far <see cref="Lbfgs"/> goes along a direction.</summary>
public enum LineSearch
{
    /// <summary>As far as the learning rate says.</summary>
    None,

    /// <summary>
    /// To a point that satisfies the strong Wolfe conditions: the loss has fallen by at least 0.0001 of what the slope at the start
    /// promised, and the slope is at most 0.9 of that at the start (Nocedal and Wright 2006, algorithms 3.5 and 3.6).
    /// </summary>
    StrongWolfe,
}
