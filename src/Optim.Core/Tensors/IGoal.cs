namespace Optim;

/// <summary>What a run of a rule is after, where that is not the bare objective: where it may start, the loss that falls, what becomes small at the end.</summary>
internal interface IGoal<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The nearest point that the run may start at; the point itself where it may.</summary>
    TensorSet<T> Admitted(TensorSet<T> start);

    /// <summary>The loss, with what the rule adds to the objective's.</summary>
    double Loss(TensorSet<T> point, double loss);

    /// <summary>The Euclidean norm of what is 0 at a stationary point; NaN where the gradient is.</summary>
    double Norm(TensorSet<T> point, TensorSet<T> gradient);
}
