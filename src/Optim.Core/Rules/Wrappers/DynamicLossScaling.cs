using System.Numerics;
using Optim.Execution;

namespace Optim;

/// <summary>
/// Dynamic loss scaling, for gradients that come from arithmetic of low precision: they arrive multiplied by a scale, are divided by it, and step an inner
/// rule; where one is not finite the step is skipped and the scale shrinks, after many finite ones it grows.
/// </summary>
/// <remarks>
/// Micikevicius et al. 2018, as PyTorch's <c>torch.amp.GradScaler</c>. The model's loss is to be multiplied by <c>state.Scalars["loss_scale"]</c>
/// before it is differentiated; a loss given to the step itself is not scaled. A skipped step leaves the parameters and the inner rule's slots, scalars
/// and clock as they are, to the bit. Scales stay powers of two where <see cref="InitialScale"/> and the factors are, and the inner rule then steps as without scaling,
/// to the bit, as long as nothing overflows or is subnormal. A scale that would leave the normal numbers of the element type stays.
/// Rules that evaluate the objective themselves see it as it is: scale what it returns, or keep them out.
/// Slots: the inner rule's. Scalars: the inner rule's, then <c>loss_scale</c>, <c>growth_tracker</c> (finite gradients in a row) and <c>skipped_steps</c>.
/// </remarks>
public sealed record DynamicLossScaling : Wrapper
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
    public double InitialScale { get; init => field = Constraint.Positive.Check(value); } = 65536;

    /// <summary>By what the scale grows after <see cref="GrowthInterval"/> finite gradients in a row; 1 or more, 1 for no growth. Default 2.</summary>
    public double GrowthFactor { get; init => field = Constraint.AtLeastOne.Check(value); } = 2;

    /// <summary>By what the scale shrinks at a gradient that is not finite, in (0, 1]; 1 only skips. Default 0.5.</summary>
    public double BackoffFactor { get; init => field = Constraint.PositiveFraction.Check(value); } = 0.5;

    /// <summary>The finite gradients in a row before the scale grows, 1 or more. Default 2000.</summary>
    public int GrowthInterval { get; init => field = Constraint.CheckCount(value); } = 2000;

    internal static RuleEntry Entry { get; } = new(
        "dynamic_loss_scaling", "dynamic loss scaling", "An inner rule, here Adam, steps on gradients that arrive multiplied by a scale, and skips those that overflowed.",
        () => new DynamicLossScaling())
    {
        IsWrapper = true,
        IsElementwise = false,
        ExtraMoves = 1,
        Formula = """
            g is the gradient of scale times the loss
            if all of g is finite: p = inner(p, g / scale), and after interval such steps in a row scale = growth scale
            else: p = p, scale = backoff scale
            """,
        Paper = "Micikevicius et al. 2018, Mixed Precision Training",
        Definition = "PyTorch's torch.amp.GradScaler",
        Disagreements = "GradScaler has no bounds for its scale; this keeps it among the normal numbers of the element type.",
    };

    /// <summary>A copy with another <see cref="Wrapper.Inner"/>.</summary>
    /// <param name="value">The value.</param>
    public DynamicLossScaling WithInner(Rule value) => this with { Inner = value };

    /// <summary>A copy with another <see cref="InitialScale"/>; a state that has begun keeps the scale it has reached.</summary>
    /// <param name="value">The value.</param>
    public DynamicLossScaling WithInitialScale(double value) => this with { InitialScale = value };

    /// <summary>A copy with another <see cref="GrowthFactor"/>.</summary>
    /// <param name="value">The value.</param>
    public DynamicLossScaling WithGrowthFactor(double value) => this with { GrowthFactor = value };

    /// <summary>A copy with another <see cref="BackoffFactor"/>.</summary>
    /// <param name="value">The value.</param>
    public DynamicLossScaling WithBackoffFactor(double value) => this with { BackoffFactor = value };

    /// <summary>A copy with another <see cref="GrowthInterval"/>.</summary>
    /// <param name="value">The value.</param>
    public DynamicLossScaling WithGrowthInterval(int value) => this with { GrowthInterval = value };

    /// <inheritdoc/>
    public override long InnerClock(long clock, Func<string, double> scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        return clock - (long)scalar(SkippedSteps);
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double scale = plan.Scalar(LossScale);
        plan.Choose(
            whole => whole.IsFinite,
            whenTrue: () =>
            {
                double finite = plan.Scalar(GrowthTracker) + 1;
                bool grows = finite >= GrowthInterval;
                plan.SetScalar(GrowthTracker, grows ? 0 : finite);
                plan.SetScalar(LossScale, grows ? Bounded<T>(scale * GrowthFactor, scale) : scale);
                plan.Apply(new ScaleFormula<T>(1 / scale));
                plan.Prepare(Inner, InnerClock(plan.Clock, plan.Scalar), plan.Loss);
            },
            whenFalse: () =>
            {
                plan.SetScalar(GrowthTracker, 0);
                plan.SetScalar(LossScale, Bounded<T>(scale * BackoffFactor, scale));
                plan.SetScalar(SkippedSteps, plan.Scalar(SkippedSteps) + 1);
                plan.Apply(default(RestFormula<T>));
                plan.Leave(Inner);
            });
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() => [new(LossScale, InitialScale), new(GrowthTracker), new(SkippedSteps)];

    private static double Bounded<T>(double next, double scale)
        where T : unmanaged, IFloatingPointIeee754<T> => T.IsNormal(T.CreateTruncating(next)) ? next : scale;
}
