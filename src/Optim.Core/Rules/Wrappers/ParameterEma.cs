namespace Optim;

/// <summary>An exponential moving average of the parameters of an inner rule, here Adam, to evaluate with.</summary>
/// <formula>
/// p = inner(p, g)
/// ema = d ema + (1 - d) p
/// (DecayWarmup: d = min(d, (1 + t) / (10 + t)))
/// </formula>
/// <paper>Polyak and Juditsky 1992, Acceleration of Stochastic Approximation by Averaging</paper>
/// <definition>TensorFlow's ExponentialMovingAverage, DecayWarmup its num_updates; the average begins as the parameters.</definition>
/// <differs>timm's ModelEmaV3 warms up by another form, 1 - (1 + t)^(-2/3): a schedule of Decay.</differs>
/// <remarks>
/// The average is computed as <c>ema + (1 - d) (p - ema)</c>, so that what does not move stays exactly. A rate d of 1 leaves the average alone. What is not a
/// parameter, running statistics of a batch normalisation say, is the model's own affair. Slots: the inner rule's, then <c>ema</c>, which is
/// <see cref="OptimizerState{T}.EvaluationParameters"/> whatever the inner rule would evaluate. A parameter that is not finite makes its average so for good.
/// </remarks>
[RegisteredRule("parameter_ema", "EMA of parameters", IsWrapper = true)]
public sealed partial record ParameterEma : Wrapper
{
    /// <summary>Around <see cref="Adam"/> with its defaults.</summary>
    public ParameterEma()
        : this(new Adam())
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that moves the parameters, a chain perhaps.</param>
    public ParameterEma(Rule inner)
        : base(inner)
    {
    }

    /// <summary>d, how much of the average stays at each step, in [0, 1]: it looks back over some 1 / (1 - d) steps. Default 0.999.</summary>
    [Range(Bounds.Fraction)] public partial Schedule Decay { get; init; } = 0.999;

    /// <summary>Whether d is <c>min(d, (1 + t) / (10 + t))</c> at step t, from 1, so that the start is soon forgotten. Default false.</summary>
    public bool DecayWarmup { get; init; }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { OwnPoint = "an average of the parameters" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        // In double: t + 10 would overflow at the last steps there are.
        double decay = DecayWarmup ? Math.Min(at.Decay, ((double)plan.Step + 1) / ((double)plan.Step + 10)) : at.Decay;
        plan.Prepare(Inner);
        switch (decay)
        {
            case 0: plan.TransformParameters(default(KeepFastFormula<T>)); break;
            case 1: plan.SkipSlots(1); break;
            default: plan.TransformParameters(new TrackFormula<T>(1 - decay)); break;
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Slots[^1];
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => [new("ema") { FromParameters = true }];
}

/// <summary>From the new parameter: <c>average += weight (x - average)</c>; the parameter stays.</summary>
[Formula]
internal readonly partial struct TrackFormula<T>(double weight)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T weight = T.CreateTruncating(weight);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L average)
        where L : struct, ILane<L, T>
    {
        average = L.FusedMultiplyAdd(update - average, weight, average);
        return update;
    }
}
