namespace Optim;

/// <summary>Any rule, here gradient descent, with an average in place of a decaying learning rate.</summary>
/// <formula>
/// u = the step of the rule inside, at p
/// lr_max = max(lr_max, lr)
/// w = t^r lr_max^power
/// c = w / sum of w so far
/// z = z - u
/// x = (1 - c) x + c z
/// p = b1 x + (1 - b1) z
/// </formula>
/// <paper>Defazio, Yang, Khaled, Mishchenko, Mehta and Cutkosky 2024, The Road Less Scheduled</paper>
/// <definition>Optax's contrib.schedule_free and the authors' wrapper; lr is the rate of the rule inside.</definition>
/// <differs>Optax is told the rate twice, once for the weights. The authors' wrapper counts every step alike.</differs>
/// <remarks>
/// Around <see cref="Sgd"/> it is <see cref="ScheduleFreeSgd"/>, around <see cref="AdamW"/> with b1 = 0 <see cref="ScheduleFreeAdamW"/>: to the bit where the rate is a power of 2, else but for the rounding of rate times direction.
/// The interpolation takes the place of momentum; take the rule's own out. Warm up by the rule's rate, and do not let it decay. Of several rates inside, the one that weighs is the one that
/// <see cref="Rule.Adjust(string, Schedule)"/> sets, and the others follow it; where there is none, every step weighs the same. <see cref="OptimizerState{T}.Parameters"/> is y, where gradients belong; <see cref="OptimizerState{T}.EvaluationParameters"/> is x, which follows from y and z and needs no memory. Change b1
/// by a schedule, not by another rule. At a rate of 0 z rests, and y still goes on towards it. A rule that keeps a point of its own, rebuilds the parameters, projects, or does not step on every
/// gradient is refused inside; tensors cannot join once the average has begun. Slots: the inner rule's, then <c>z</c>. Scalars: the inner rule's, then <c>weight_sum</c>, <c>lr_max</c>.
/// </remarks>
[RegisteredRule("schedule_free", "Schedule-Free", StartingRate = 0.3, IsWrapper = true)]
public sealed partial record ScheduleFree : Wrapper
{
    /// <summary>Around <see cref="Sgd"/> with a rate of 0.1.</summary>
    public ScheduleFree()
        : this(new Sgd { LearningRate = 0.1 })
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that steps z, a chain perhaps.</param>
    public ScheduleFree(Rule inner)
        : base(inner)
    {
    }

    /// <summary>b1, how near y is to x, in (0, 1]. Default 0.9.</summary>
    [Range(Bounds.PositiveFraction)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>r, the power of the step's number in its weight in the average, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial double WeightStepPower { get; init; }

    /// <summary>The power of the largest learning rate so far in a step's weight, 0 or more: less weight while warming up. Default 2.</summary>
    [Range(Bounds.NonNegative)] public partial double WeightLearningRatePower { get; init; } = 2;

    private static ScheduleFree AtRate(Schedule rate) => new ScheduleFree { Inner = new Sgd { LearningRate = rate } };

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new()
    {
        OwnPoint = "a point that its average follows from",
        KeepsPointOut = $"its step goes from z, not from the parameters; put that rule around {nameof(ScheduleFree)}",
        KeepsRestOut = $"a step at which it rests would weigh in the average; put that rule around {nameof(ScheduleFree)}",
    };

    internal override string WhyOneClock(long clock) => clock == 0 ? "" : "all tensors share the weights of its average";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (RuleTree.LeadingRateOf(Inner).Schedule?.DeclareScalars().Count > 0)
        {
            throw new ArgumentException($"{nameof(ScheduleFree)} cannot hold a rule whose rate depends on the run: a step's weight in the average follows from its rate alone. The average takes the place of such a schedule.");
        }
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double rate = RuleTree.LeadingRateOf(Inner).At(plan.Clock, plan.ScalarAt);
        plan.Prepare(Inner);
        plan.PlaceScheduleFree(1, rate, at.Beta1, Beta1, WeightStepPower, WeightLearningRatePower);
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return ScheduleFreePoints.Average(state.Parameters, state.Slots, Beta1, state.Step);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => [new("z") { FromParameters = true }];

    /// <inheritdoc/>
    protected override IReadOnlyList<ScalarDeclaration> DeclareOwnScalars() => ScheduleFreePoints.Scalars;
}
