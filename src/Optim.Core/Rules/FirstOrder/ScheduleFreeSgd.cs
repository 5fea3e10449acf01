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
[RegisteredRule("schedulefree_sgd", "Schedule-Free SGD", StartingRate = 1)]
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
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => ScheduleFree.Scalars;

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
        return ScheduleFree.Average(state.Parameters, state.Slots, Momentum, state.Step);
    }
}

/// <summary>What the Schedule-Free rules share: the weights of the average, the step of y and z, and the way from y back to x.</summary>
internal static class ScheduleFree
{
    public static IReadOnlyList<ScalarDeclaration> Scalars { get; } = [new("weight_sum"), new("lr_max")];

    /// <summary>Steps z along the update and places y; <paramref name="momentum"/> is that of this step.</summary>
    public static void PlaceScheduleFree<T>(
        this Plan<T> plan, double learningRate, double momentum, Schedule momentums, double weightStepPower, double weightLearningRatePower)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double largest = Math.Max(plan.Scalar("lr_max"), learningRate);
        double weight = Exact.Power((double)plan.Step, weightStepPower) * Exact.Power(largest, weightLearningRatePower);
        double sum = plan.Scalar("weight_sum") + weight;
        plan.SetScalar("lr_max", largest);
        plan.SetScalar("weight_sum", sum);
        double share = weight == 0 ? 0 : weight / sum;
        if (share == 1)
        {
            plan.SetParameters(new ScheduleFreeStartFormula<T>(learningRate));
            return;
        }

        double before = plan.Clock == 0 ? momentum : momentums.At(plan.Clock - 1);
        plan.SetParameters(new ScheduleFreeFormula<T>(learningRate, (1 - share) * (momentum / before), 1 - (momentum * (1 - share))));
    }

    /// <summary>x, from <c>y = mu x + (1 - mu) z</c>; z is the last slot.</summary>
    public static TensorSet<T> Average<T>(TensorSet<T> y, IReadOnlyList<TensorSet<T>> slots, Schedule momentum, long step)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(slots);
        return step == 0 ? y : slots[^1] + (T.CreateTruncating(1 / momentum.At(step - 1)) * (y - slots[^1]));
    }
}

/// <summary>The average begins anew: <c>z -= lr u; x = y = z</c>.</summary>
[Formula]
internal readonly partial struct ScheduleFreeStartFormula<T>(double learningRate)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T descent = T.CreateTruncating(-learningRate);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L z)
        where L : struct, ILane<L, T>
    {
        z = L.FusedMultiplyAdd(update, descent, z);
        return z;
    }
}

/// <summary>
/// The three sequences with x eliminated: <c>y = z + kept (y - z) - gain lr u; z -= lr u</c>, where with the average's new share c and
/// the momenta of the step before and of this one <c>kept = (1 - c) mu / mu_before</c> and <c>gain = 1 - mu (1 - c)</c>.
/// </summary>
[Formula]
internal readonly partial struct ScheduleFreeFormula<T>(double learningRate, double kept, double gain)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T descent = T.CreateTruncating(-learningRate), directDescent = T.CreateTruncating(-gain * learningRate);
    private readonly T kept = T.CreateTruncating(kept);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, L parameter, ref L z)
        where L : struct, ILane<L, T>
    {
        var y = L.FusedMultiplyAdd(parameter - z, kept, L.FusedMultiplyAdd(update, directDescent, z));
        z = L.FusedMultiplyAdd(update, descent, z);
        return y;
    }
}
