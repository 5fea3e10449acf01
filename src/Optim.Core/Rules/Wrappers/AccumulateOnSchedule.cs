namespace Optim;

/// <summary>One step of a rule, here Adam, on the mean of several gradients, how many by a schedule.</summary>
/// <formula>
/// k = k(the number of steps of the rule inside); s = s + g
/// at the k-th gradient since its last step: p = inner(p, s / k), s = 0
/// </formula>
/// <paper>none</paper>
/// <definition>optax.MultiSteps with a function for every_k_schedule: k is that of the steps taken, and stays while gradients are gathered for the next one.</definition>
/// <remarks>
/// A batch that grows while training goes on, in the memory of one. As <see cref="Accumulate"/> otherwise: between two steps nothing moves; the rule inside counts its own steps, and is given the mean of those losses that were
/// given. Around it, <see cref="ApplyIfFinite"/> and <see cref="SkipLargeUpdates"/> leave gradients out, which then do not count towards k. <see cref="Optimizer.Flush{T}"/> steps on what has been gathered when the gradients end; the next gradient is the first of its k. Slots: <c>accumulated</c>, then the other rule's. Scalars: the other rule's, then
/// <c>loss_sum</c>, <c>loss_count</c>, <c>gathered</c>, <c>inner_steps</c>.
/// </remarks>
[RegisteredRule("accumulate_on_schedule", "accumulation by a schedule", IsWrapper = true)]
public sealed partial record AccumulateOnSchedule : Wrapper
{
    // The place of "gathered" among the wrapper's own scalars.
    private const int Gathering = 2;

    /// <summary>Around <see cref="Adam"/> with its defaults, at every gradient.</summary>
    public AccumulateOnSchedule()
        : this(new Adam(), 1)
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that steps on the mean.</param>
    /// <param name="period">k, by the steps that the rule has taken; 1 or more.</param>
    public AccumulateOnSchedule(Rule inner, Schedule period)
        : base(inner) => Period = period;

    /// <summary>k, the gradients to a step, by the steps that the rule inside has taken, rounded down to a whole number; 1 or more. Default 1.</summary>
    [Range(Bounds.AtLeastOne)] public partial Schedule Period { get; init; } = 1;

    /// <inheritdoc/>
    protected override bool OwnSlotsFirst => true;

    /// <inheritdoc/>
    public override long InnerClock(long clock, Func<string, double> scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        return (long)scalar("inner_steps");
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new()
    {
        KeepsObjectiveOut = $"at the step it would see the last of several micro-batches alone; leave {nameof(AccumulateOnSchedule)} out and give the step an objective that is the mean over the micro-batches",
    };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.SparseIndices is not null)
        {
            throw new ArgumentException($"sparseIndices must be absent under {nameof(AccumulateOnSchedule)}: several gradients carry different ones.", "sparseIndices");
        }

        bool flushes = plan.TakeFlush();
        double steps = plan.Scalar("inner_steps"), gathered = plan.Scalar("gathered") + (flushes ? 0 : 1);
        double sum = plan.Scalar("loss_sum") + (plan.Loss ?? 0), count = plan.Scalar("loss_count") + (plan.Loss is null ? 0 : 1);
        bool isStep = flushes || gathered >= Math.Floor(Constraint.AtLeastOne.At(Period, (long)steps, nameof(Period)));
        plan.SetScalar("loss_sum", isStep ? 0 : sum);
        plan.SetScalar("loss_count", isStep ? 0 : count);
        plan.SetScalar("gathered", isStep ? 0 : gathered);
        if (!isStep)
        {
            plan.Apply(default(GatherFormula<T>));
            plan.Skip(Inner);
            return;
        }

        plan.SetScalar("inner_steps", steps + 1);
        plan.Apply(new GatheredFormula<T>(gathered));
        plan.Prepare(Inner, (long)steps, count > 0 ? sum / count : null);
    }

    /// <inheritdoc/>
    /// <remarks>The groups are counted by a scalar: the step count is short of nothing.</remarks>
    internal override (long Gathered, long Missing) PendingAt(long clock, ReadOnlySpan<double> scalars) => ((long)scalars[Inner.AllScalars().Count + Gathering], 0);

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => [new("accumulated")];

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() =>
        [new("loss_sum"), new("loss_count"), new("gathered"), new("inner_steps") { Largest = long.MaxValue }];
}
