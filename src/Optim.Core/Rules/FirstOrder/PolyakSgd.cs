namespace Optim;

/// <summary>Gradient descent by Polyak's step: as far as the gradient says the least loss is.</summary>
/// <formula>
/// q = c g
/// p = p - min((loss - f) / (|q|^2 + eps), lr) q
/// </formula>
/// <paper>Loizou, Vaswani, Laradji and Lacoste-Julien 2021, Stochastic Polyak Step-size for SGD: An Adaptive Learning Rate for Fast Convergence</paper>
/// <definition>Optax's polyak_sgd, as its code is: the factor is in the norm too, so that a step is min((loss - f) / (c^2 |g|^2), lr) c g.</definition>
/// <differs>Optax's documentation leaves the factor out of the norm. Its variant sps+ is ClampGap.</differs>
/// <remarks>
/// A step needs the loss: <c>Step(state, gradient, loss: ...)</c>. The norm is over all tensors; where its square and epsilon are within 2.2e-16 of 0 there is no step. A loss below f makes it ascend, unless <see cref="ClampGap"/>.
/// </remarks>
[RegisteredRule("polyak_sgd", "Polyak SGD", StartingRate = 1, IsElementwise = false, ExtraMoves = 1, NeedsLoss = true)]
public sealed partial record PolyakSgd : Rule
{
    private const double LeastSquare = 2.220446049250313e-16;

    /// <summary>lr, the largest rate, 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>c, a factor on the gradient before its norm is taken; finite. Default 1.</summary>
    [Range(Bounds.Finite)] public partial Schedule Factor { get; init; } = 1;

    /// <summary>f, the least loss that there is; finite. Default 0.</summary>
    [Range(Bounds.Finite)] public partial Schedule LeastLoss { get; init; } = 0;

    /// <summary>eps, added to the norm's square, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 0;

    /// <summary>Whether a loss below f counts as f. Default false.</summary>
    public bool ClampGap { get; init; }

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double gap = plan.RequireLoss(nameof(PolyakSgd)) - at.LeastLoss;
        gap = ClampGap ? Math.Max(gap, 0) : gap;
        plan.ApplyAfterNorm(
            2,
            norm =>
            {
                // A square that overflows makes the step 0, whatever the loss.
                double scaled = Math.Abs(at.Factor) * norm, square = (scaled * scaled) + at.Epsilon;
                return (WideScaleFormula<T>?)new(square <= LeastSquare ? 0 : Math.Min(gap / square, at.LearningRate) * at.Factor);
            },
            mayThrow: false);
    }
}
