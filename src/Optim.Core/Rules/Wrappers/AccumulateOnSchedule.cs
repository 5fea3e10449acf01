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
    // Behind those of the gathering.
    private static readonly int Gathered = Gathering.Scalars.Count;

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
        MayRest = Period is not ConstantSchedule { Value: < 2 },
        KeepsObjectiveOut = $"at the step it would see the last of several micro-batches alone; leave {nameof(AccumulateOnSchedule)} out and give the step an objective that is the mean over the micro-batches",
    };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><see cref="Period"/> depends on the losses of the run: it must stay while gradients are gathered.</exception>
    public override void Validate()
    {
        base.Validate();
        if (Period.DeclareScalars().Count > 0)
        {
            throw new ArgumentException($"{nameof(Period)} must follow from the number of steps alone, was {Period}, which depends on the losses of the run: it must stay while gradients are gathered.");
        }
    }

    internal override long ScheduleClock(long clock, Func<string, double> scalar) => InnerClock(clock, scalar);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        bool flushes = plan.TakeFlush();
        double steps = plan.Scalar("inner_steps"), gathered = plan.Scalar("gathered") + (flushes ? 0 : 1);
        bool isStep = flushes || gathered >= Math.Floor(Constraint.AtLeastOne.At(Period, (long)steps, nameof(Period)));
        plan.SetScalar("gathered", isStep ? 0 : gathered);
        plan.SetScalar("inner_steps", steps + (isStep ? 1 : 0));
        plan.Gather(Inner, isStep, (long)steps, gathered);
    }

    /// <inheritdoc/>
    /// <remarks>The groups are counted by a scalar: the step count is short of nothing.</remarks>
    internal override (long Gathered, long Missing) PendingAt(long clock, ReadOnlySpan<double> scalars) => ((long)scalars[Inner.AllScalars().Count + Gathered], 0);

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => Gathering.Slots;

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() =>
        [.. Gathering.Scalars, new("gathered"), new("inner_steps") { Largest = long.MaxValue }];
}
