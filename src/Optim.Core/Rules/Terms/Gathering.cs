namespace Optim;

/// <summary>What the rules share that gather gradients for one step of the rule inside.</summary>
internal static class Gathering
{
    private const string LossSum = "loss_sum", LossCount = "loss_count";

    /// <summary>What they keep for each element.</summary>
    public static IReadOnlyList<SlotDeclaration> Slots { get; } = Array.AsReadOnly<SlotDeclaration>([new("accumulated")]);

    /// <summary>What they keep of the losses.</summary>
    public static IReadOnlyList<ScalarDeclaration> Scalars { get; } = Array.AsReadOnly<ScalarDeclaration>([new(LossSum), new(LossCount)]);

    /// <summary>Takes a gradient and a loss into what has been gathered, or steps on all of it.</summary>
    /// <param name="plan">The step's plan.</param>
    /// <param name="inner">The rule inside.</param>
    /// <param name="isStep">Whether the rule inside steps now.</param>
    /// <param name="clock">How many steps it has taken.</param>
    /// <param name="divisor">What the sum of the gradients is divided by for its step.</param>
    public static void Gather<T>(this Plan<T> plan, Rule inner, bool isStep, long clock, double divisor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (plan.SparseIndices is not null)
        {
            throw new ArgumentException($"sparseIndices must be absent under {plan.Rule.GetType().Name}: several gradients carry different ones.", "sparseIndices");
        }

        double sum = plan.Scalar(LossSum) + (plan.Loss ?? 0), count = plan.Scalar(LossCount) + (plan.Loss is null ? 0 : 1);
        plan.SetScalar(LossSum, isStep ? 0 : sum);
        plan.SetScalar(LossCount, isStep ? 0 : count);
        if (!isStep)
        {
            plan.Apply(default(GatherFormula<T>));
            plan.Skip(inner);
            return;
        }

        plan.Apply(new GatheredFormula<T>(divisor));
        plan.Prepare(inner, clock, count > 0 ? sum / count : null);
    }
}

/// <summary>Keeps the gradient for later: <c>s += g; u = 0</c>.</summary>
[Formula]
internal readonly partial struct GatherFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(AggressiveInlining)]
    private static L Apply<L>(L update, ref L accumulated)
        where L : struct, ILane<L, T>
    {
        accumulated += update;
        return L.Broadcast(T.Zero);
    }
}

/// <summary>All that was gathered: <c>u = (s + g) / n; s = 0</c>.</summary>
[Formula]
internal readonly partial struct GatheredFormula<T>(double count)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T count = T.CreateTruncating(count);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L accumulated)
        where L : struct, ILane<L, T>
    {
        var sum = accumulated + update;
        accumulated = L.Broadcast(T.Zero);
        return sum / L.Broadcast(count);
    }
}
