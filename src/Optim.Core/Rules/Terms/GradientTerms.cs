namespace Optim;

/// <summary>What optimizers do to a gradient before anything else, and to a direction last.</summary>
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

        plan.ApplyDecay(weightDecay);
    }

    /// <summary>The direction times the learning rate, with decoupled decay: <c>u = lr (d + wd p)</c>, p from before the step. A decay of 0 is left out.</summary>
    public static void ApplyAtRate<T, F>(this Plan<T> plan, F direction, double learningRate, double weightDecay = 0)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        var rate = new ScaleFormula<T>(learningRate);
        if (plan.DecayWhereAny(weightDecay) == 0)
        {
            plan.Apply(Formula.Then<T, F, ScaleFormula<T>>(direction, rate));
        }
        else if (plan.Exempt is null)
        {
            plan.Apply(Formula.Then<T, Fused<T, F, DecayFormula<T>>, ScaleFormula<T>>(new(direction, new(weightDecay)), rate));
        }
        else
        {
            plan.Apply(direction);
            plan.ApplyDecay(weightDecay);
            plan.Apply(rate);
        }
    }

    /// <summary>As <see cref="ApplyAtRate"/>, cautiously (<see cref="Caution"/>) or not.</summary>
    public static void ApplyDirection<T, F>(this Plan<T> plan, F direction, double learningRate, double weightDecay, bool cautious)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        if (cautious)
        {
            plan.ApplyCautiously(direction, learningRate, weightDecay);
        }
        else
        {
            plan.ApplyAtRate(direction, learningRate, weightDecay);
        }
    }

    /// <summary>A step of its own rate, with decoupled decay: <c>u = d + wd p</c>, p from before the step. A decay of 0 is left out.</summary>
    public static void ApplyWithDecay<T, F>(this Plan<T> plan, F step, double weightDecay)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        if (weightDecay != 0 && plan.Exempt is null)
        {
            plan.Apply(Formula.Then<T, F, DecayFormula<T>>(step, new(weightDecay)));
        }
        else
        {
            plan.Apply(step);
            plan.ApplyDecay(weightDecay);
        }
    }

    /// <summary>Puts off the update times the learning rate, with a decoupled decay that is multiplied by another factor for each tensor: <c>u = lr (u + wd f p)</c>. A decay of 0 is left out.</summary>
    public static void ThenAtRates<T>(this TensorStepContext<T> context, double learningRate, double weightDecay, Func<int, double> decayFactor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var rate = new ScaleFormula<T>(learningRate);
        if (weightDecay == 0)
        {
            context.Then(rate);
        }
        else
        {
            context.ThenPerTensor(
                _ => rate, i => Formula.Then<T, ScaleFormula<T>, DecayFormula<T>>(rate, new(learningRate * weightDecay * decayFactor(i))));
        }
    }
}
