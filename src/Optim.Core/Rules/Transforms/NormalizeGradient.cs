using Optim.Execution;

namespace Optim;

/// <summary>Divides the update by its norm: <c>u = g / (|g| + eps)</c>, |g| over all tensors or of each one.</summary>
/// <remarks>
/// Normalised gradient descent (Hazan, Levy and Shalev-Shwartz 2015), the direction without the length; by tensors, block-normalised
/// gradient (Yu, Huang, Lin, Salakhutdinov and Carbonell 2017). As Optax's <c>normalize_by_update_norm</c>. A gradient of 0 stays 0. The norm is accumulated
/// in double and overflows only where it is itself too large; without epsilon, norms below 6e-309 are not brought all the way to 1. A norm of NaN makes all NaN;
/// beside an infinity finite elements become 0, and it NaN.
/// </remarks>
public sealed record NormalizeGradient : Rule
{
    /// <summary>eps; 0 or more. Default 1e-6.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-6;

    /// <summary>Whether each tensor is divided by its own norm. Default false: all by the norm of all.</summary>
    public bool PerTensor { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "normalize_gradient", "normalisation", "The update divided by its norm.",
        () => new NormalizeGradient())
    {
        IsElementwise = false,
        ExtraMoves = 1,
        Formula = "u = u / (|u| + eps)",
        Paper = "Hazan, Levy and Shalev-Shwartz 2015, Beyond Convexity: Stochastic Quasi-Convex Optimization; Yu et al. 2017, Block-Normalized Gradient Method (by tensors)",
        Definition = "Optax's normalize_by_update_norm",
        Disagreements = "The papers have no epsilon: a norm of 0 leaves the update 0 here with or without it.",
    };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public NormalizeGradient WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="PerTensor"/>.</summary>
    /// <param name="value">The value.</param>
    public NormalizeGradient WithPerTensor(bool value) => this with { PerTensor = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        plan.ApplyWhole(
            0,
            whole =>
            {
                if (PerTensor)
                {
                    whole.ThenPerTensor(i => Division(whole.UpdateNorm(whole.Tensor(i))));
                }
                else
                {
                    whole.Then(Division(whole.GlobalNorm()));
                }
            },
            mayThrow: false);

        WideScaleFormula<T> Division(double norm) => new(norm == 0 ? 1 : Math.Min(1 / (norm + epsilon), double.MaxValue));
    }
}
