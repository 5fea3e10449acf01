using System.Numerics;
using Optim.Execution;

namespace Optim;

/// <summary>How an optimizer with decoupled weight decay ends: <c>p -= lr (u + wd p)</c>, with p from before the step.</summary>
internal static class DecoupledDecay
{
    /// <summary>Appends a direction, the decay and the learning rate as one formula. A decay of 0 is left out, since 0 times an infinite parameter is NaN.</summary>
    public static void ApplyDecoupled<T, F>(this Plan<T> plan, F direction, double learningRate, double weightDecay)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        var rate = new ScaleFormula<T>(learningRate);
        if (weightDecay == 0)
        {
            plan.Apply(Formula.Then<T, F, ScaleFormula<T>>(direction, rate));
        }
        else
        {
            plan.Apply(Formula.Then<T, Fused<T, F, DecayFormula<T>>, ScaleFormula<T>>(new(direction, new(weightDecay)), rate));
        }
    }
}
