namespace Optim;

/// <summary>The update divided by its norm.</summary>
/// <formula>u = u / (|u| + eps)</formula>
/// <paper>
/// Hazan, Levy and Shalev-Shwartz 2015, Beyond Convexity: Stochastic Quasi-Convex Optimization; Yu et al. 2017, Block-Normalized Gradient Method (by
/// tensors)
/// </paper>
/// <definition>Optax's normalize_by_update_norm</definition>
/// <differs>The papers have no epsilon: a norm of 0 leaves the update 0 here with or without it.</differs>
/// <remarks>
/// Normalised gradient descent (Hazan, Levy and Shalev-Shwartz 2015), the direction without the length; by tensors, block-normalised gradient (Yu, Huang,
/// Lin, Salakhutdinov and Carbonell 2017). As Optax's <c>normalize_by_update_norm</c>. A gradient of 0 stays 0. The norm is accumulated in double and
/// overflows only where it is itself too large; without epsilon, norms below 6e-309 are not brought all the way to 1. A norm of NaN makes all NaN; beside an
/// infinity finite elements become 0, and it NaN.
/// </remarks>
[RegisteredRule("normalize_gradient", "normalisation", IsElementwise = false, ExtraMoves = 1)]
public sealed partial record NormalizeGradient : Rule
{
    /// <summary>eps; 0 or more. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-6;

    /// <summary>Whether each tensor is divided by its own norm. Default false: all by the norm of all.</summary>
    public bool PerTensor { get; init; }

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyToTensors(
            0,
            context =>
            {
                if (PerTensor)
                {
                    context.ThenPerTensor(i => Division(context.UpdateNorm(context.Tensor(i))));
                }
                else
                {
                    context.Then(Division(context.GlobalNorm()));
                }
            },
            mayThrow: false);

        WideScaleFormula<T> Division(double norm) => new(norm == 0 ? 1 : Math.Min(1 / (norm + at.Epsilon), double.MaxValue));
    }
}
