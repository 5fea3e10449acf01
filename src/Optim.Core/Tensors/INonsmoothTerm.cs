namespace Optim;

/// <summary>What a rule minimizes beside the smooth objective: the indicator of a box, or a penalty.</summary>
internal interface INonsmoothTerm<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The nearest feasible point; the point itself where it is feasible.</summary>
    TensorSet<T> Nearest(TensorSet<T> point);

    /// <summary>The loss, with what the rule adds to the objective's.</summary>
    double Loss(TensorSet<T> point, double loss);

    /// <summary>The Euclidean norm of what is 0 at a stationary point; NaN where the gradient is.</summary>
    double Norm(TensorSet<T> point, TensorSet<T> gradient);
}
