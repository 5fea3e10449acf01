using Optim.Execution;
using Optim.Tensors;
using Optim.Trajectories;

namespace Optim;

/// <summary>Shrinks the whole update to a norm: with n the norm over all tensors, <c>u = g</c> where n &lt;= c, else <c>u = g c / (n + epsilon)</c>.</summary>
/// <remarks>
/// As PyTorch's <c>clip_grad_norm_</c> (Pascanu, Mikolov and Bengio 2013), but for norms within epsilon below c, which PyTorch shrinks
/// and this leaves alone; a norm above c by no more than rounding (1e-6 in float, 1e-14 in double) counts as c, so that clipping twice is
/// clipping once. The norm is accumulated in double and does not overflow where the norm itself does not; its bits depend
/// neither on threads nor on SIMD widths. A norm that is not finite spreads into the update as in PyTorch (infinite: finite elements
/// become 0 and infinite ones NaN; NaN: all become NaN), or is refused: see <see cref="ErrorIfNonFinite"/>.
/// </remarks>
public sealed record ClipByGlobalNorm : Rule
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
    public Schedule MaxNorm { get; init => field = Constraint.Positive.Check(value); } = 1;

    /// <summary>The norm's order: a whole number from 1 to 64, or infinity. Default 2.</summary>
    public double NormType { get; init => field = GlobalNorm.CheckType(value, nameof(NormType)); } = 2;

    /// <summary>Added to the norm in the quotient, PyTorch's guard; 0 or more. Default 1e-6.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-6;

    /// <summary>Whether a norm that is NaN or infinite ends the step with an <see cref="ArithmeticException"/>, the state untouched. Default false.</summary>
    public bool ErrorIfNonFinite { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "clip_by_global_norm", "clipping by norm", "The whole update within a norm.",
        () => new ClipByGlobalNorm())
    {
        Formula = """
            n = the norm of u over all tensors
            u = u c / (n + eps) where n > c
            """,
        Paper = "Pascanu, Mikolov and Bengio 2013, On the Difficulty of Training Recurrent Neural Networks",
        Definition = "PyTorch's clip_grad_norm_",
        Disagreements = "PyTorch also shrinks a norm within epsilon below c. It accumulates in the gradient's type: in float32 a norm of 1e20 overflows there, and does not here.",
        IsElementwise = false,
        ExtraMoves = 1,
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["clip_grad_norm"] = h => new ClipByGlobalNorm { MaxNorm = h.Number("max_norm"), NormType = h.Number("norm_type") },
        },
    };

    /// <summary>A copy with another <see cref="MaxNorm"/>.</summary>
    /// <param name="value">The value.</param>
    public ClipByGlobalNorm WithMaxNorm(Schedule value) => this with { MaxNorm = value };

    /// <summary>A copy with another <see cref="NormType"/>.</summary>
    /// <param name="value">The value.</param>
    public ClipByGlobalNorm WithNormType(double value) => this with { NormType = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public ClipByGlobalNorm WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="ErrorIfNonFinite"/>.</summary>
    /// <param name="value">The value.</param>
    public ClipByGlobalNorm WithErrorIfNonFinite(bool value) => this with { ErrorIfNonFinite = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var limit = NormLimit.Of<T>(Constraint.Positive.At(MaxNorm, plan.Clock), Constraint.NonNegative.At(Epsilon, plan.Clock));
        plan.ObserveClipping(() => plan.ApplyAfterNorm<ScaleFormula<T>>(
            NormType,
            norm => limit.Factor(ErrorIfNonFinite ? NormLimit.Finite(norm, nameof(ClipByGlobalNorm), "the update", plan.Clock) : norm) is var factor and not 1
                ? new ScaleFormula<T>(factor)
                : null,
            mayThrow: ErrorIfNonFinite));
    }
}
