namespace Optim;

/// <summary>Each tensor's update within a norm.</summary>
/// <formula>
/// for each tensor: n = the norm of u
/// u = u c / (n + eps) where n &gt; c
/// </formula>
/// <paper>Pascanu, Mikolov and Bengio 2013, On the Difficulty of Training Recurrent Neural Networks</paper>
/// <definition>PyTorch's clip_grad_norm_, one tensor at a time</definition>
/// <differs>Keras' clipnorm has no epsilon.</differs>
/// <remarks>
/// <see cref="ClipByGlobalNorm"/>'s formula (PyTorch's <c>clip_grad_norm_</c>; Pascanu, Mikolov and Bengio 2013) on one tensor at a time, as Keras'
/// <c>clipnorm</c> does: a tensor of large gradients does not shrink the others, and the update's direction changes. Also as there: a norm above c by no more
/// than rounding (1e-6 in float, 1e-14 in double) counts as c, so that clipping twice is clipping once, and the norm is accumulated in double and overflows
/// only where it is itself too large. A norm that is not finite spreads over its tensor (infinite: finite elements become 0 and infinite ones NaN; NaN: all
/// become NaN), or is refused: see <see cref="ErrorIfNonFinite"/>.
/// </remarks>
[RegisteredRule("clip_by_tensor_norm", "clipping by tensor norm", IsElementwise = false, IsPerTensor = true, ExtraMoves = 1)]
public sealed partial record ClipByTensorNorm : Rule
{
    /// <summary>Sets the largest norm, 1 at first.</summary>
    public ClipByTensorNorm()
    {
    }

    /// <summary>Sets the largest norm.</summary>
    /// <param name="maxNorm">c; more than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The norm is not positive and finite.</exception>
    public ClipByTensorNorm(Schedule maxNorm) => MaxNorm = maxNorm;

    /// <summary>c; more than 0. Default 1.</summary>
    [Range(Bounds.Positive)] public partial Schedule MaxNorm { get; init; } = 1;

    /// <summary>The norm's order: a whole number from 1 to 64, or infinity. Default 2.</summary>
    public double NormType { get; init => field = GlobalNorm.CheckType(value, nameof(NormType)); } = 2;

    /// <summary>Added to the norm in the quotient, PyTorch's guard; 0 or more. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-6;

    /// <summary>Whether a norm that is NaN or infinite ends the step with an <see cref="ArithmeticException"/>, the state untouched. Default false.</summary>
    public bool ErrorIfNonFinite { get; init; }

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var limit = NormLimit.Of<T>(at.MaxNorm, at.Epsilon);
        plan.ObserveClipping(() => plan.ApplyToTensors(
            0, context => context.ThenPerTensor(i => new WideScaleFormula<T>(limit.Factor(Norm(context, i)))), mayThrow: ErrorIfNonFinite));

        double Norm(TensorStepContext<T> context, int tensor)
        {
            var shape = context.Layout[tensor];
            double norm = context.Norm(context.UpdateOf(tensor), NormType);
            return ErrorIfNonFinite ? NormLimit.Finite(norm, nameof(ClipByTensorNorm), $"the update of '{shape.Name}'", plan.Clock) : norm;
        }
    }
}
