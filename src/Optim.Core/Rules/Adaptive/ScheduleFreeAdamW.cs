namespace Optim;

/// <summary>AdamW with an average in place of its first moment and of a decaying learning rate.</summary>
/// <formula>
/// v = b2 v + (1 - b2) g^2
/// lr_max = max(lr_max, lr)
/// w = t^r lr_max^power
/// c = w / sum of w so far
/// z = z - lr (g / (sqrt(v / (1 - b2^t)) + eps) + wd p)
/// x = (1 - c) x + c z
/// p = b1 x + (1 - b1) z
/// </formula>
/// <paper>Defazio, Yang, Khaled, Mishchenko, Mehta and Cutkosky 2024, The Road Less Scheduled</paper>
/// <definition>The authors' code (facebookresearch/schedule_free); warming up is left to the schedule of the learning rate.</definition>
/// <differs>The paper multiplies the learning rate by sqrt(1 - b2^t), weights included, instead of correcting v.</differs>
/// <remarks>
/// The paper multiplies the learning rate by <c>sqrt(1 - b2^t)</c> instead of correcting v, so that it enters the weights of the average; the code does not.
/// There is no first moment: the interpolation with b1 takes its place. At a rate of 0 z rests, and y still goes on towards it. <see cref="OptimizerState{T}.Parameters"/> is y, where gradients belong;
/// <see cref="OptimizerState{T}.EvaluationParameters"/> is x, which follows from y and z and needs no memory. Change b1 by a schedule, not by another rule: x
/// would be taken from y with the wrong one. Slots: <c>exp_avg_sq</c>, <c>z</c>. Scalars: <c>weight_sum</c>, <c>lr_max</c>.
/// </remarks>
[RegisteredRule("schedulefree_adamw", "Schedule-Free AdamW", StartingRate = 0.01)]
public sealed partial record ScheduleFreeAdamW : Rule
{
    /// <summary>lr, 0 or more. Default 0.0025.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.0025;

    /// <summary>b1, how near y is to x, in (0, 1]. Default 0.9.</summary>
    [Range(Bounds.PositiveFraction)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay at y, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>r, the power of the step's number in its weight in the average, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial double WeightStepPower { get; init; }

    /// <summary>The power of the largest learning rate so far in a step's weight, 0 or more: less weight while warming up. Default 2.</summary>
    [Range(Bounds.NonNegative)] public partial double WeightLearningRatePower { get; init; } = 2;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg_sq"), new("z") { FromParameters = true }];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => ScheduleFreePoints.Scalars;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { OwnPoint = "a point that its average follows from" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.Apply(new RootMeanSquareFormula<T>(new AdamScalars<T>(0, at.Beta2, at.Epsilon, plan.Step)));
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        plan.PlaceScheduleFree(at.LearningRate, at.Beta1, Beta1, WeightStepPower, WeightLearningRatePower);
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return ScheduleFreePoints.Average(state.Parameters, state.Slots, Beta1, state.Step);
    }
}

[Formula]
internal readonly partial struct RootMeanSquareFormula<T>(AdamScalars<T> at)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg_sq)
        where L : struct, ILane<L, T>
    {
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
        return at.Direction(update, exp_avg_sq);
    }
}
