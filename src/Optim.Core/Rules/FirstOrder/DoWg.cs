namespace Optim;

/// <summary>Distance over weighted gradients: as DoG, each gradient weighted by how far the run had come.</summary>
/// <formula>
/// g = g + wd p
/// r = max(r, |p - p0|)
/// v = v + r^2 |g|^2
/// p = p - lr r^2 / (sqrt(v) + eps) g
/// </formula>
/// <paper>Khaled, Mishchenko and Jin 2023, DoWG Unleashed: An Efficient Universal Parameter-Free Gradient Descent Method</paper>
/// <definition>Optax's, the authors' code: epsilon is also the square of the first distance unless that is given.</definition>
/// <differs>The paper has no epsilon in the denominator.</differs>
/// <remarks>
/// Norms are over all tensors. The distance is from before the step, and weights its gradient. Slot: <c>x0</c>. Scalars: <c>rbar</c> (r), <c>weighted_norm</c> (the root of v).
/// </remarks>
[RegisteredRule("dowg", "DoWG", StartingRate = 0.3, IsElementwise = false, ExtraMoves = 4)]
public sealed partial record DoWg : Rule
{
    /// <summary>lr, a factor on the rate that is found; 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>The square of the first distance, 0 or more. Default 0, which stands for <see cref="Epsilon"/>.</summary>
    [Range(Bounds.NonNegative)] public partial double InitialSquaredDistance { get; init; }

    /// <summary>eps, added to the root, more than 0. Default 1e-4.</summary>
    [Range(Bounds.Positive)] public partial double Epsilon { get; init; } = 1e-4;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("x0") { FromParameters = true }];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() =>
        [new("rbar", Math.Sqrt(InitialSquaredDistance == 0 ? Epsilon : InitialSquaredDistance)), new("weighted_norm")];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { FindsDistance = true };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        plan.ApplyToTensors(
            1,
            context =>
            {
                double distance = Math.Max(context.Scalar("rbar"), context.DistanceFrom(0));
                double root = Norms.Together(context.Scalar("weighted_norm"), distance * context.GlobalNorm());
                context.SetScalar("rbar", distance);
                context.SetScalar("weighted_norm", root);
                context.Then(new WideScaleFormula<T>(at.LearningRate * (distance / (root + Epsilon)) * distance));
            },
            mayThrow: false);
    }
}
