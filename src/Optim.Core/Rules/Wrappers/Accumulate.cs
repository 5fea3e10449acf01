using System.Globalization;

namespace Optim;

/// <summary>One step of a rule, here Adam, on the mean of several gradients.</summary>
/// <formula>
/// s = s + g
/// if t mod k = 0: p = inner(p, s / k), s = 0
/// </formula>
/// <paper>none</paper>
/// <definition>optax.MultiSteps: the clock of the rule inside counts its own steps.</definition>
/// <differs>A PyTorch loop divides the loss by k and steps every k-th time.</differs>
/// <remarks>
/// Between two steps of the rule inside nothing moves: neither the parameters nor its slots, scalars or clock. Its schedules and bias corrections count its
/// own steps, one in k. It is given the mean of those of the k losses that were given. Optax's <c>MultiSteps</c> does the same; in a PyTorch loop the user
/// keeps count, and divides the loss by k. A Hessian diagonal is looked at on the k-th gradient's step alone; sparse indices are refused, since k gradients
/// carry different ones. Whatever is not finite stays in the sum until the k-th step. <see cref="OptimizerState{T}.StepCount"/> counts gradients. Put it
/// outermost, so that clipping and guards see the mean. A rule that evaluates the objective itself is refused inside: it would see one of the k objectives. What has been gathered when the gradients end can be stepped on by <see cref="Optimizer.Flush{T}"/>. Slots: <c>accumulated</c>, then the other rule's. Scalars: the other rule's, then <c>loss_sum</c> and
/// <c>loss_count</c>. With k = 1 it is the rule inside, and keeps nothing.
/// </remarks>
[RegisteredRule("accumulate", "accumulation", IsWrapper = true, Period = 4)]
public sealed partial record Accumulate : Wrapper
{
    /// <summary>Around <see cref="Adam"/> with its defaults.</summary>
    public Accumulate()
        : this(new Adam())
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that steps on the mean.</param>
    /// <param name="steps">k, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">k is less than 1.</exception>
    public Accumulate(Rule inner, int steps = 4)
        : base(inner) => Steps = steps;

    /// <summary>k, the gradients to a step, 1 or more. Default 4.</summary>
    [AtLeast(1)] public partial int Steps { get; init; } = 4;

    /// <summary>Whether the rule inside is given the sum rather than the mean. Default false.</summary>
    public bool Sum { get; init; }

    private bool Gathers => Steps > 1;

    /// <inheritdoc/>
    protected override bool OwnSlotsFirst => true;

    /// <inheritdoc/>
    public override long InnerClock(long clock, Func<string, double> scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        return clock / Steps;
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => !Gathers ? Composition.Free : new()
    {
        MayRest = true,
        KeepsObjectiveOut = string.Create(
            CultureInfo.InvariantCulture,
            $"at the step it would see the last of {Steps} micro-batches alone; leave {nameof(Accumulate)} out and give the step an objective that is the mean over the micro-batches"),
    };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (!Gathers)
        {
            plan.Prepare(Inner);
            return;
        }

        bool flushes = plan.TakeFlush();
        plan.Gather(Inner, flushes || plan.Step % Steps == 0, plan.Clock / Steps, Sum ? 1 : flushes ? plan.Clock % Steps : Steps);
    }

    internal override (long Gathered, long Missing) PendingAt(long clock, ReadOnlySpan<double> scalars) => clock % Steps is var gathered and > 0 ? (gathered, Steps - gathered) : default;

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => Gathers ? Gathering.Slots : [];

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() => Gathers ? Gathering.Scalars : [];
}
