namespace Optim;

/// <summary>Gradient descent and the average of its iterates.</summary>
/// <formula>
/// g = g + wd p
/// eta = lr / (1 + lambda lr (t - 1))^power
/// p = p - eta (g + lambda p)
/// a = a + (p - a) / max(1, t - 1 - t0)
/// </formula>
/// <paper>Polyak and Juditsky 1992, Acceleration of Stochastic Approximation by Averaging</paper>
/// <definition>PyTorch's ASGD, after Bottou's sgd. The average a is the state's EvaluationParameters.</definition>
/// <differs>PyTorch works eta out one step ahead, so that a change of the learning rate acts one step late.</differs>
/// <remarks>
/// The average is <see cref="OptimizerState{T}.EvaluationParameters"/>; gradients are taken at <see cref="OptimizerState{T}.Parameters"/>. With PyTorch's
/// default of t0, a million steps, averaging hardly ever begins: set <see cref="AveragingStart"/>. Where the rate is a schedule, eta uses its value at the
/// step (PyTorch works eta out at the end of the step before, so that a change acts one step late). An infinite parameter stays infinite whatever lambda
/// pulls, as in PyTorch; with <see cref="WeightDecay"/> it becomes NaN. Slot: <c>ax</c>, the average; before the first step it is the start.
/// </remarks>
[RegisteredRule("asgd", "ASGD", StartingRate = 0.3)]
public sealed partial record Asgd : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>lambda, how fast the rate falls, and as much L2 regularisation, 0 or more. Default 0.0001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Lambda { get; init; } = 1e-4;

    /// <summary>The power with which the rate falls, PyTorch's alpha, 0 or more. Default 0.75.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Power { get; init; } = 0.75;

    /// <summary>t0, the number of steps before averaging, 0 or more. Default 1,000,000.</summary>
    [Range(Bounds.NonNegative)] public partial double AveragingStart { get; init; } = 1e6;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("ax") { FromParameters = true }];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { OwnPoint = "the average of its iterates", Ascends = Maximize };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var eta = new ScaleFormula<T>(at.LearningRate / Exact.Power(1 + (at.Lambda * at.LearningRate * plan.Clock), at.Power));
        double count = plan.Clock - AveragingStart;
        double weightDecay = plan.DecayWhereAny(at.WeightDecay);
        plan.ApplyGradientTerms(Maximize, at.Lambda == 0 ? weightDecay : 0);
        if (weightDecay == 0 && at.Lambda != 0)
        {
            plan.Apply(new FiniteDecayFormula<T>(at.Lambda));
        }
        else if (at.Lambda != 0)
        {
            plan.ApplyExempting(new FiniteDecayFormula<T>(at.Lambda), new DecayFormula<T>(weightDecay + at.Lambda));
        }

        if (count > 1)
        {
            plan.Apply(Formula.Then<T, ScaleFormula<T>, AveragedIterateFormula<T>>(eta, new(1 / count)));
        }
        else
        {
            plan.Apply(Formula.Then<T, ScaleFormula<T>, LastIterateFormula<T>>(eta, default));
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Slots[0];
    }
}

/// <summary><c>u = g + lambda p</c>, an infinite p counted as the largest number: infinity less infinity would be NaN.</summary>
[Formula]
internal readonly partial struct FiniteDecayFormula<T>(double decay)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T decay = T.CreateTruncating(decay), largest = Exact.Saturated<T>(double.MaxValue);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, L parameter)
        where L : struct, ILane<L, T> =>
        L.FusedMultiplyAdd(L.Min(L.Max(parameter, L.Broadcast(-largest)), L.Broadcast(largest)), decay, update);
}

/// <summary>The update as it is; <c>a += mu (p - u - a)</c>.</summary>
[Formula]
internal readonly partial struct AveragedIterateFormula<T>(double weight)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T weight = T.CreateTruncating(weight);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, L parameter, ref L ax)
        where L : struct, ILane<L, T>
    {
        var average = ax;
        ax = L.FusedMultiplyAdd(parameter - update - average, weight, average);
        return update;
    }
}

/// <summary>The update as it is; <c>a = p - u</c>.</summary>
[Formula]
internal readonly partial struct LastIterateFormula<T>
    where T : unmanaged
{
    [MethodImpl(AggressiveInlining)]
    private static L Apply<L>(L update, L parameter, out L ax)
        where L : struct, ILane<L, T>
    {
        ax = parameter - update;
        return update;
    }
}
