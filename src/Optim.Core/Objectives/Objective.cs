using System.Numerics;

namespace Optim;

/// <summary>Makes objectives (functions from parameters to the loss and its gradient) from functions that return only the loss.</summary>
public static class Objective
{
    /// <summary>An objective with a numerical gradient: see <see cref="NumericalGradient"/>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="loss">From parameters to the loss. Its argument is valid until it returns.</param>
    /// <param name="scale">The magnitude of a typical parameter; more than 0.</param>
    /// <param name="maxThreads">The maximum number of threads calling it at once; 1 or more. Default 1: a function may use memory of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not positive and finite, or there are fewer than 1 thread.</exception>
    public static Func<TensorSet<T>, Tuple<double, TensorSet<T>>> WithNumericalGradient<T>(Func<TensorSet<T>, double> loss, double scale = 1, int maxThreads = 1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(loss);
        NumericalGradient.CheckOptions(scale, maxThreads);
        return parameters => Tuple.Create(loss(parameters), NumericalGradient.Of(loss, parameters, scale, maxThreads));
    }

    /// <summary>
    /// An objective without a gradient, for <see cref="RandomSearch"/>: its gradient is NaN, which no rule can mistake for a real one.
    /// <see cref="Optimizer.Minimize{T}"/> takes it with <see cref="StopConditions.GradientFree"/>.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="loss">From parameters to the loss. Its argument is valid until it returns.</param>
    public static Func<TensorSet<T>, Tuple<double, TensorSet<T>>> WithoutGradient<T>(Func<TensorSet<T>, double> loss)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(loss);
        return parameters => Tuple.Create(loss(parameters), TensorSet.Filled(parameters.Layout, T.NaN));
    }
}
