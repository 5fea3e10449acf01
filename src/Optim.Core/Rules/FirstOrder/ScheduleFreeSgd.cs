namespace Optim;

/// <summary>Gradient descent whose average takes the place of a decaying learning rate.</summary>
/// <formula>
/// lr_max = max(lr_max, lr)
/// w = t^r lr_max^power
/// c = w / sum of w so far
/// z = z - lr (g + wd p)
/// x = (1 - c) x + c z
/// p = mu x + (1 - mu) z
/// </formula>
/// <paper>Defazio, Yang, Khaled, Mishchenko, Mehta and Cutkosky 2024, The Road Less Scheduled</paper>
/// <definition>The authors' code (facebookresearch/schedule_free); warming up is left to the schedule of the learning rate.</definition>
/// <differs>The authors' learning rate is 1 by default, with which x^2 does not fall from 1.</differs>
/// <remarks>
/// x is an average of z, a uniform one while the learning rate stands still, and takes the place of a decaying rate. Warm up with a schedule for
/// <see cref="LearningRate"/>; do not let it decay (at a rate of 0 z rests, and y still goes on towards it). <see cref="OptimizerState{T}.Parameters"/> is y, where gradients belong;
/// <see cref="OptimizerState{T}.EvaluationParameters"/> is x, which follows from y and z and needs no memory. Change mu by a schedule, not by another rule: x
/// would be taken from y with the wrong one. Slot: <c>z</c>. Scalars: <c>weight_sum</c>, <c>lr_max</c>.
/// </remarks>
[RegisteredRule("schedulefree_sgd", "Schedule-Free SGD", StartingRate = 0.3)]
public sealed partial record ScheduleFreeSgd : Rule
{
    /// <summary>lr, 0 or more. Default 0.1. (The authors' 1 does not descend on x^2.)</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.1;

    /// <summary>mu, how near y is to x, in (0, 1]. Default 0.9.</summary>
    [Range(Bounds.PositiveFraction)] public partial Schedule Momentum { get; init; } = 0.9;

    /// <summary>wd, L2 regularisation at y, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>r, the power of the step's number in its weight in the average, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial double WeightStepPower { get; init; }

    /// <summary>The power of the largest learning rate so far in a step's weight, 0 or more: less weight while warming up. Default 2.</summary>
    [Range(Bounds.NonNegative)] public partial double WeightLearningRatePower { get; init; } = 2;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("z") { FromParameters = true }];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => ScheduleFreePoints.Scalars;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { OwnPoint = "a point that its average follows from" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        plan.PlaceScheduleFree(at.LearningRate, at.Momentum, Momentum, WeightStepPower, WeightLearningRatePower);
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return ScheduleFreePoints.Average(state.Parameters, state.Slots, Momentum, state.Step);
    }
}
