namespace Optim;

/// <summary>What the Schedule-Free rules share: the weights of the average, the step of y and z, and the way from y back to x.</summary>
internal static class ScheduleFreePoints
{
    public static IReadOnlyList<ScalarDeclaration> Scalars { get; } = [new("weight_sum"), new("lr_max")];

    /// <summary>Steps z along the update and places y; <paramref name="momentum"/> is that of this step.</summary>
    public static void PlaceScheduleFree<T>(
        this Plan<T> plan, double learningRate, double momentum, Schedule momentums, double weightStepPower, double weightLearningRatePower)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        plan.PlaceScheduleFree(learningRate, learningRate, momentum, momentums, weightStepPower, weightLearningRatePower);

    /// <summary>As the other, for an update that may have its rate already: <paramref name="rate"/> is what it is still multiplied by, <paramref name="learningRate"/> what weighs in the average.</summary>
    public static void PlaceScheduleFree<T>(
        this Plan<T> plan, double rate, double learningRate, double momentum, Schedule momentums, double weightStepPower, double weightLearningRatePower)
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
            plan.SetParameters(new ScheduleFreeStartFormula<T>(rate));
            return;
        }

        double before = plan.Clock == 0 ? momentum : momentums.At(plan.Clock - 1);
        plan.SetParameters(new ScheduleFreeFormula<T>(rate, (1 - share) * (momentum / before), 1 - (momentum * (1 - share))));
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
