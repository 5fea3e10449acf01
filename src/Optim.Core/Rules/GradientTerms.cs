using System.Numerics;
using Optim.Execution;

namespace Optim;

/// <summary>What optimizers do to a gradient before anything else.</summary>
internal static class GradientTerms
{
    /// <summary>
    /// Turns the sign to maximize, then adds L2 regularisation. In this order: the other way round the decay would grow the parameters.
    /// A decay of 0 is left out, since 0 times an infinite parameter is NaN.
    /// </summary>
    public static void ApplyGradientTerms<T>(this Plan<T> plan, bool maximize, double weightDecay)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (maximize)
        {
            plan.Apply(default(NegateFormula<T>));
        }

        if (weightDecay != 0)
        {
            plan.Apply(new DecayFormula<T>(weightDecay));
        }
    }
}
