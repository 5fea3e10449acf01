using System.Numerics;

namespace Optim.Properties.Checking;

/// <summary>Objectives for rules that evaluate one themselves.</summary>
internal static class Bowl
{
    /// <summary><c>sum over p of 1/2 p^2 + 1/4 p^4</c>: steeper the further out, its minimum 0 at 0.</summary>
    public static Tuple<double, TensorSet<T>> Objective<T>(TensorSet<T> p)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var cube = p.Map(x => x * x * x);
        return Tuple.Create((0.5 * p.Dot(p)) + (0.25 * p.Dot(cube)), p + cube);
    }

    /// <summary>The state after a step on the objective; null where the rule refuses to go on from a point that is not finite.</summary>
    public static OptimizerState<T>? Step<T>(OptimizerState<T> state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        try
        {
            return Optimizer.StepOn(state, Objective).Item1;
        }
        catch (ArithmeticException)
        {
            return null;
        }
    }
}
