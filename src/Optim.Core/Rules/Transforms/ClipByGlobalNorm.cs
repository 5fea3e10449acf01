namespace Optim;

/// <summary>The whole update within a norm.</summary>
/// <formula>
/// n = the norm of u over all tensors
/// u = u c / (n + eps) where n &gt; c
/// </formula>
/// <paper>Pascanu, Mikolov and Bengio 2013, On the Difficulty of Training Recurrent Neural Networks</paper>
/// <definition>PyTorch's clip_grad_norm_</definition>
/// <differs>
/// PyTorch also shrinks a norm within epsilon below c. It accumulates in the gradient's type: in float32 a norm of 1e20 overflows there, and does not
/// here.
/// </differs>
/// <remarks>
/// As PyTorch's <c>clip_grad_norm_</c> (Pascanu, Mikolov and Bengio 2013), but for norms within epsilon below c, which PyTorch shrinks and this leaves alone;
/// a norm above c by no more than rounding (1e-6 in float, 1e-14 in double) counts as c, so that clipping twice is clipping once. The norm is accumulated in
/// double and does not overflow where the norm itself does not; its bits depend neither on threads nor on SIMD widths. A norm that is not finite spreads into
/// the update as in PyTorch (infinite: finite elements become 0 and infinite ones NaN; NaN: all become NaN), or is refused: see
/// <see cref="ErrorIfNonFinite"/>.
/// </remarks>
[RegisteredRule("clip_by_global_norm", "clipping by norm", IsElementwise = false, ExtraMoves = 1)]
public sealed partial record ClipByGlobalNorm : Rule
{
    /// <summary>Sets the largest norm, 1 at first.</summary>
    public ClipByGlobalNorm()
    {
    }

    /// <summary>Sets the largest norm.</summary>
    /// <param name="maxNorm">c; more than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The norm is not positive and finite.</exception>
    public ClipByGlobalNorm(Schedule maxNorm) => MaxNorm = maxNorm;

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
        plan.ObserveClipping(() => plan.ApplyAfterNorm<ScaleFormula<T>>(
            NormType,
            norm => limit.Factor(ErrorIfNonFinite ? NormLimit.Finite(norm, nameof(ClipByGlobalNorm), "the update", plan.Clock) : norm) is var factor and not 1
                ? new ScaleFormula<T>(factor)
                : null,
            mayThrow: ErrorIfNonFinite));
    }
}
