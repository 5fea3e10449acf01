namespace Optim;

/// <summary>An inner rule, here Adam, steps on gradients that arrive multiplied by a scale, and skips those that overflowed.</summary>
/// <formula>
/// g is the gradient of scale times the loss
/// if all of g is finite: p = inner(p, g / scale), and after interval such steps in a row scale = growth scale
/// else: p = p, scale = backoff scale
/// </formula>
/// <paper>Micikevicius et al. 2018, Mixed Precision Training</paper>
/// <definition>PyTorch's torch.amp.GradScaler</definition>
/// <differs>GradScaler has no bounds for its scale; this keeps it among the normal numbers of the element type.</differs>
/// <remarks>
/// Micikevicius et al. 2018, as PyTorch's <c>torch.amp.GradScaler</c>. The model's loss is to be multiplied by <c>state.Scalars["loss_scale"]</c> before it
/// is differentiated; a loss given to a step with the gradient alone is not scaled, but an objective returns both, the loss and the gradient, scaled, and a
/// rule inside that evaluates it sees both divided by the scale; an overflow there counts as one of the step's gradient. A skipped step leaves the parameters and the inner rule's slots, scalars and clock as
/// they are, to the bit. Scales stay powers of two where <see cref="InitialScale"/> and the factors are, and the inner rule then steps as without scaling, to
/// the bit, as long as nothing overflows or is subnormal. A scale that would leave the normal numbers of the element type stays. Slots: the inner rule's. Scalars: the inner rule's, then <c>loss_scale</c>,
/// <c>growth_tracker</c> (finite gradients in a row) and <c>skipped_steps</c>.
/// </remarks>
[RegisteredRule("dynamic_loss_scaling", "dynamic loss scaling", IsWrapper = true, IsElementwise = false, ExtraMoves = 1)]
public sealed partial record DynamicLossScaling : Wrapper
{
    private const string LossScale = "loss_scale", GrowthTracker = "growth_tracker", SkippedSteps = "skipped_steps";

    /// <summary>Around <see cref="Adam"/> with its defaults.</summary>
    public DynamicLossScaling()
        : this(new Adam())
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that steps, a chain perhaps.</param>
    public DynamicLossScaling(Rule inner)
        : base(inner)
    {
    }

    /// <summary>The scale before the first step; more than 0. Default 65536.</summary>
    [Range(Bounds.Positive)] public partial double InitialScale { get; init; } = 65536;

    /// <summary>By what the scale grows after <see cref="GrowthInterval"/> finite gradients in a row; 1 or more, 1 for no growth. Default 2.</summary>
    [Range(Bounds.AtLeastOne)] public partial double GrowthFactor { get; init; } = 2;

    /// <summary>By what the scale shrinks at a gradient that is not finite, in (0, 1]; 1 only skips. Default 0.5.</summary>
    [Range(Bounds.PositiveFraction)] public partial double BackoffFactor { get; init; } = 0.5;

    /// <summary>The finite gradients in a row before the scale grows, 1 or more. Default 2000.</summary>
    [AtLeast(1)] public partial int GrowthInterval { get; init; } = 2000;

    /// <summary>A copy with another <see cref="InitialScale"/>; a state that has begun keeps the scale it has reached.</summary>
    /// <param name="value">The value.</param>
    public DynamicLossScaling WithInitialScale(double value) => this with { InitialScale = value };

    /// <inheritdoc/>
    public override long InnerClock(long clock, Func<string, double> scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        return clock - (long)scalar(SkippedSteps);
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new()
    {
        TakesScaledGradients = true, MayRest = true, KeepsScaledGradientsOut = "a gradient has one scale; take one of the two",
    };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double scale = plan.Scalar(LossScale);
        plan.Guard(
            context => context.IsFinite,
            (_, gradient) => gradient.IsFinite,
            whenTrue: () =>
            {
                double finite = plan.Scalar(GrowthTracker) + 1;
                bool grows = finite >= GrowthInterval;
                plan.SetScalar(GrowthTracker, grows ? 0 : finite);
                plan.SetScalar(LossScale, grows ? Bounded<T>(scale * GrowthFactor, scale) : scale);
                plan.Apply(new ScaleFormula<T>(1 / scale));
                plan.Prepare(
                    Inner, InnerClock(plan.Clock, plan.Scalar), plan.HasObjective ? plan.Loss / scale : plan.Loss,
                    (loss, gradient) => Tuple.Create(loss / scale, gradient.Scale(T.CreateTruncating(1 / scale))));
            },
            whenFalse: () =>
            {
                plan.SetScalar(GrowthTracker, 0);
                plan.SetScalar(LossScale, Bounded<T>(scale * BackoffFactor, scale));
                plan.SetScalar(SkippedSteps, plan.Scalar(SkippedSteps) + 1);
                plan.Apply(default(RestFormula<T>));
                plan.Skip(Inner);
            });
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() => [new(LossScale, InitialScale), new(GrowthTracker), new(SkippedSteps) { Largest = long.MaxValue }];

    private static double Bounded<T>(double next, double scale)
        where T : unmanaged, IFloatingPointIeee754<T> => T.IsNormal(T.CreateTruncating(next)) ? next : scale;
}
