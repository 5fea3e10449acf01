namespace Optim;

/// <summary>Slow weights that follow the fast ones of an inner rule, here Adam, every few steps.</summary>
/// <formula>
/// p = inner(p, g)
/// if t mod k = 0: slow = slow + alpha (p - slow), p = slow
/// </formula>
/// <paper>Zhang, Lucas, Hinton and Ba 2019, Lookahead Optimizer: k steps forward, 1 step back</paper>
/// <definition>The paper's: the slow weights begin as the parameters and are what is evaluated; the inner rule's slots are kept.</definition>
/// <differs>timm begins the slow weights at the first synchronisation (LazySlowInit); torch_optimizer synchronises at steps 1, 1 + k, ...</differs>
/// <remarks>
/// The clock is the inner rule's. The slow weights are <see cref="OptimizerState{T}.EvaluationParameters"/>, whatever the inner rule would evaluate;
/// gradients belong to the fast ones, <see cref="OptimizerState{T}.Parameters"/>. Both are the same right after a synchronisation. Slots: the inner rule's,
/// then <c>slow</c>.
/// </remarks>
[RegisteredRule("lookahead", "Lookahead", StartingRate = 0.01)]
public sealed partial record Lookahead : Wrapper
{
    /// <summary>Around <see cref="Adam"/> with its defaults.</summary>
    public Lookahead()
        : this(new Adam())
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that moves the fast weights, a chain perhaps.</param>
    public Lookahead(Rule inner)
        : base(inner)
    {
    }

    /// <summary>k, the steps from one synchronisation to the next, 1 or more. Default 5.</summary>
    [AtLeast(1)] public partial int SyncPeriod { get; init; } = 5;

    /// <summary>alpha, how far the slow weights go towards the fast ones, in [0, 1]. Default 0.5.</summary>
    [Range(Bounds.Fraction)] public partial Schedule SlowStepSize { get; init; } = 0.5;

    /// <summary>Whether the slow weights begin where the fast ones are at the first synchronisation, as in timm. Default false.</summary>
    public bool LazySlowInit { get; init; }

    private static Lookahead AtRate(Schedule rate) => new Lookahead { Inner = new Adam { LearningRate = rate } };

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => [new("slow") { FromParameters = true }];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { OwnPoint = "slow weights" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.Prepare(Inner);
        if (plan.Step % SyncPeriod != 0)
        {
            plan.SkipSlots(1);
        }
        else if (at.SlowStepSize == 1 || (LazySlowInit && plan.Step == SyncPeriod))
        {
            plan.TransformParameters(default(KeepFastFormula<T>));
        }
        else if (at.SlowStepSize == 0)
        {
            plan.TransformParameters(default(KeepSlowFormula<T>));
        }
        else
        {
            plan.TransformParameters(new SlowWeightsFormula<T>(at.SlowStepSize));
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return LazySlowInit && state.Step < SyncPeriod ? state.Parameters : state.Slots[^1];
    }
}

/// <summary>From the fast weights: <c>slow += alpha (x - slow); x = slow</c>.</summary>
[Formula]
internal readonly partial struct SlowWeightsFormula<T>(double slowStepSize)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T slowStepSize = T.CreateTruncating(slowStepSize);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L slow)
        where L : struct, ILane<L, T>
    {
        slow = L.FusedMultiplyAdd(update - slow, slowStepSize, slow);
        return slow;
    }
}

/// <summary>From the fast weights: <c>slow = x</c>.</summary>
[Formula]
internal readonly partial struct KeepFastFormula<T>
    where T : unmanaged
{
    [MethodImpl(AggressiveInlining)]
    private static L Apply<L>(L update, out L slow)
        where L : struct, ILane<L, T>
    {
        slow = update;
        return update;
    }
}

/// <summary>From the fast weights: <c>x = slow</c>.</summary>
[Formula]
internal readonly partial struct KeepSlowFormula<T>
    where T : unmanaged
{
    [MethodImpl(AggressiveInlining)]
    private static L Apply<L>(L update, ref L slow)
        where L : struct, ILane<L, T> => slow;
}
