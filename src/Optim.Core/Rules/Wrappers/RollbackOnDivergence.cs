using System.Globalization;

namespace Optim;

/// <summary>A rule, here Adam, that returns to its last good state and slows down when the loss leaps up or the gradient is not finite.</summary>
/// <formula>
/// if every element of g is finite and loss &lt;= good + (factor - 1) max(|good|, floor): keep p, inner's state and loss as the good ones, p = inner(p, g)
/// else: p, inner's state = the good ones, lr = shrink lr
/// </formula>
/// <paper>none; by hand in Chowdhery et al. 2022, PaLM: Scaling Language Modeling with Pathways</paper>
/// <definition>our own</definition>
/// <remarks>
/// Our own; trainers of large models do the same by hand, from checkpoints (Chowdhery et al. 2022, PaLM, section 5.1). A step is divergent where the gradient
/// is not finite or the loss is NaN, infinite, or more than <c>good + (LossFactor - 1) max(|good|, LossFloor)</c>, with good the loss of the last good
/// parameters: LossFactor times it where it is positive and above the floor, and still a bound where losses are near 0 or negative. The loss is optional, as
/// an argument of the step; <see cref="Optimizer.Minimize{T}"/> and <see cref="Optimizer.StepOn"/> give it. Without it the gradient alone is judged; so are
/// the first parameters. Where the rule inside evaluates the objective itself (SAM), a loss or gradient that is not finite there is divergent too. Parameters are good once their own loss and gradient are seen to be: the state kept is that before a good step. After going back,
/// parameters and the slots, scalars and clock of the inner rule are those of the last good state; <see cref="OptimizerState{T}.StepCount"/> counts every
/// step. The batch after a return is the next one, not the one that diverged. Rates are not raised again, so that too many returns end the run: see
/// <see cref="MaxRollbacks"/>. Slots: <c>good_parameters</c>, the inner rule's with <c>good_</c> before their names, then the inner rule's: twice the memory,
/// and one more copy at each good step (measured around AdamW at a million elements: 2.6 times a bare step, 1.25 times with a <see cref="SnapshotPeriod"/> of
/// 10). Scalars: the inner rule's, the same with <c>good_</c> before their names, <c>good_loss</c> (infinite until there is one), <c>good_age</c> (the inner
/// rule's steps since the last good state), <c>rewound_steps</c> (by how many steps its clock is behind), <c>rollbacks</c> and <c>rate_scale</c>.
/// </remarks>
[RegisteredRule("rollback_on_divergence", "rollback on divergence", IsWrapper = true, IsElementwise = false, ExtraMoves = 4)]
public sealed partial record RollbackOnDivergence : Wrapper
{
    private const string GoodLoss = "good_loss", GoodAge = "good_age", RewoundSteps = "rewound_steps", Rollbacks = "rollbacks", RateScale = "rate_scale";

    /// <summary>Around <see cref="Adam"/> with its defaults.</summary>
    public RollbackOnDivergence()
        : this(new Adam())
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that steps, a chain perhaps.</param>
    public RollbackOnDivergence(Rule inner)
        : base(inner)
    {
    }

    /// <summary>How many times the last good loss is still good, 1 or more; infinity for losses to count only when they are not finite. Default 10.</summary>
    [Range(Bounds.Growth)] public partial double LossFactor { get; init; } = 10;

    /// <summary>What a good loss of smaller magnitude counts for, 0 or more, in the loss's unit. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial double LossFloor { get; init; } = 1;

    /// <summary>What the inner rule's learning rates are multiplied by at each return, in (0, 1]. Default 0.5.</summary>
    [Range(Bounds.PositiveFraction)] public partial double RateShrink { get; init; } = 0.5;

    /// <summary>The returns in a run; a divergent step after the last one ends with an <see cref="ArithmeticException"/>, the state untouched. 0 or more. Default 10.</summary>
    [AtLeast(0)] public partial int MaxRollbacks { get; init; } = 10;

    /// <summary>The inner rule's steps from one copy of a good state to the next, 1 or more: fewer copies, longer ways back. Default 1.</summary>
    [AtLeast(1)] public partial int SnapshotPeriod { get; init; } = 1;

    /// <inheritdoc/>
    protected override bool OwnSlotsFirst => true;

    /// <inheritdoc/>
    public override long InnerClock(long clock, Func<string, double> scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        return clock - (long)scalar(RewoundSteps);
    }

    /// <inheritdoc/>
    internal override double InnerRateFactor(Func<string, double> scalar) => scalar(RateScale);

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { MayRest = true, KeepsScaledGradientsOut = ScaledGradients.KeepOverflowIn };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        bool last = plan.Scalar(Rollbacks) >= MaxRollbacks;
        if (IsDivergent(plan.Loss, plan.Scalar(GoodLoss)))
        {
            Return(last ? throw Exhausted(plan) : plan);
            return;
        }

        plan.Guard(
            context => context.IsFinite || (last ? throw Exhausted(plan) : false),
            (loss, gradient) => (double.IsFinite(loss) && gradient.IsFinite) || (last ? throw Exhausted(plan) : false),
            () => Advance(plan), () => Return(plan), mayThrow: last);
    }

    private protected override long CountOwnSlots() => 1L + RuleTree.SlotCount(Inner);

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() =>
        [new("good_parameters") { FromParameters = true }, .. Inner.DeclareSlots().Select(slot => slot with { Name = "good_" + slot.Name })];

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() =>
    [
        .. Inner.AllScalars().Select(scalar => scalar with { Name = "good_" + scalar.Name }),
        new(GoodLoss, double.PositiveInfinity), new(GoodAge), new(RewoundSteps) { Largest = long.MaxValue }, new(Rollbacks), new(RateScale, 1),
    ];

    private bool IsDivergent(double? loss, double good) =>
        loss is { } given && (!double.IsFinite(given) || given > good + ((LossFactor - 1) * Math.Max(Math.Abs(good), LossFloor)));

    private void Advance<T>(Plan<T> plan)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        long clock = InnerClock(plan.Clock, plan.Scalar);
        int slots = Inner.DeclareSlots().Count, scalars = Inner.AllScalars().Count;
        if (clock % SnapshotPeriod == 0)
        {
            int first = plan.ClaimedSlots;
            plan.Watch(
                1 + slots,
                context =>
                {
                    context.Parameters.CopyTo(context.ReplaceSlot(0));
                    for (int i = 1; i <= slots; i++)
                    {
                        context.SlotOfPlan(first + slots + i).CopyTo(context.ReplaceSlot(i));
                    }
                });
            for (int i = 0; i < scalars; i++)
            {
                plan.SetScalarAt(scalars + i, plan.ScalarAt(i));
            }

            plan.SetScalar(GoodLoss, plan.Loss ?? plan.Scalar(GoodLoss));
            plan.SetScalar(GoodAge, 1);
        }
        else
        {
            plan.SkipSlots(1 + slots);
            plan.SetScalar(GoodAge, plan.Scalar(GoodAge) + 1);
        }

        plan.Prepare(Inner.ScaleLearningRates(plan.Scalar(RateScale)), clock, plan.Loss);
    }

    private void Return<T>(Plan<T> plan)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        int good = plan.ClaimedSlots, slots = Inner.DeclareSlots().Count, scalars = Inner.AllScalars().Count;
        plan.SkipSlots(slots + 1);
        plan.ApplyToTensors(
            slots,
            context =>
            {
                context.SlotOfPlan(good).CopyTo(context.ChangeUpdate());
                for (int i = 0; i < slots; i++)
                {
                    context.SlotOfPlan(good + 1 + i).CopyTo(context.ReplaceSlot(i));
                }
            },
            mayThrow: false);
        plan.SetParameters(default(PassThrough<T>));
        for (int i = 0; i < scalars; i++)
        {
            plan.SetScalarAt(i, plan.ScalarAt(scalars + i));
        }

        plan.SetScalar(RewoundSteps, plan.Scalar(RewoundSteps) + plan.Scalar(GoodAge) + 1);
        plan.SetScalar(GoodAge, 0);
        plan.SetScalar(Rollbacks, plan.Scalar(Rollbacks) + 1);
        plan.SetScalar(RateScale, plan.Scalar(RateScale) * RateShrink);
    }

    private ArithmeticException Exhausted<T>(Plan<T> plan)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T> => new(string.Create(
            CultureInfo.InvariantCulture,
            $"{nameof(RollbackOnDivergence)}: step {plan.Clock} is divergent after {MaxRollbacks} returns, the most allowed; the last good loss was {plan.Scalar(GoodLoss)}."));
}
