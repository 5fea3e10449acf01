namespace Optim;

/// <summary>Gradient descent, with momentum, Nesterov and L2 as options.</summary>
/// <formula>
/// g &lt;- -g if Maximize; g += wd p
/// v = mu v + (1 - dampening) g, with v = g at t = 1
/// u = v, or g + mu v with Nesterov; p -= lr u
/// </formula>
/// <paper>Robbins and Monro 1951, A Stochastic Approximation Method; Polyak 1964 (momentum); Nesterov 1983; Sutskever et al. 2013</paper>
/// <definition>PyTorch's SGD: the first buffer is the undampened gradient, and the learning rate is applied outside the velocity</definition>
/// <differs>
/// Caffe, TensorFlow and the articles keep the learning rate inside the velocity (LearningRateInVelocity; the two part when the rate changes) and
/// evaluate at the point looked ahead to (LookAhead).
/// </differs>
/// <remarks>
/// The buffer holds gradients and the learning rate multiplies it on application, so a change of rate acts at once. Two other forms are options:
/// <see cref="LearningRateInVelocity"/> and <see cref="LookAhead"/>. Slot: <c>momentum_buffer</c>, only with momentum. Equals the chain of
/// <see cref="AddDecayedWeights"/>, <see cref="ScaleByMomentum"/> and <see cref="ScaleByLearningRate"/>.
/// </remarks>
[RegisteredRule("sgd", "SGD", StartingRate = 0.3)]
public sealed partial record Sgd : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>mu, in [0, 1). Default 0: no momentum, no slot. A schedule that is 0 at some step keeps its slot and its dampening.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0;

    /// <summary>Taken from each gradient but the first, in [0, 1). Default 0.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Dampening { get; init; } = 0;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the update looks ahead; needs momentum and no dampening. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <summary>
    /// Whether the learning rate enters the velocity, as in most articles: <c>v = mu v + lr g; p -= v</c>, with Nesterov
    /// <c>p -= lr g + mu v</c>. The same as the default while the rate does not change. Default false.
    /// </summary>
    public bool LearningRateInVelocity { get; init; }

    /// <summary>
    /// Whether the parameters are Nesterov's look-ahead point, as the articles write it: the gradient is taken at <c>p - mu v</c>,
    /// then <c>v = mu v + lr g; p -= v</c>. <see cref="OptimizerState{T}.Parameters"/> is the point <c>p - mu v</c> where the next
    /// gradient belongs, <see cref="OptimizerState{T}.EvaluationParameters"/> is p. Needs Nesterov and <see cref="LearningRateInVelocity"/>. Default false.
    /// </summary>
    public bool LookAhead { get; init; }

    private bool HasMomentum => Momentum is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => HasMomentum ? MomentumFormula.Slots : [];

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Nesterov && (!HasMomentum || Dampening is not ConstantSchedule { Value: 0 }))
        {
            throw new ArgumentException(
                $"{nameof(Nesterov)} needs a {nameof(Momentum)} above 0 and a {nameof(Dampening)} of 0, they were {Momentum} and {Dampening}.");
        }

        if (LookAhead && !(Nesterov && LearningRateInVelocity))
        {
            throw new ArgumentException(
                $"{nameof(LookAhead)} needs {nameof(Nesterov)} and {nameof(LearningRateInVelocity)}, they were {Nesterov} and {LearningRateInVelocity}.");
        }
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new()
    {
        OwnPoint = LookAhead ? "where it is when it does not look ahead" : "", WhyNoDirection = LearningRateInVelocity ? "it is inside the velocity" : "", Ascends = Maximize,
    };

    /// <inheritdoc/>
    public override bool CountsSteps() => Dampening is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(Maximize, at.WeightDecay);
        var rate = new ScaleFormula<T>(at.LearningRate);
        if (!HasMomentum)
        {
            plan.Apply(rate);
        }
        else if (LookAhead)
        {
            double next = Constraint.UnitInterval.At(Momentum, plan.Step, nameof(Momentum));
            plan.Apply(Formula.Then<T, ScaleFormula<T>, LookAheadFormula<T>>(rate, new(at.Momentum, next)));
        }
        else if (Nesterov)
        {
            ApplyMomentum(plan, rate, new NesterovFormula<T>(at.Momentum, at.Dampening, plan.Step));
        }
        else
        {
            ApplyMomentum(plan, rate, new MomentumFormula<T>(at.Momentum, at.Dampening, plan.Step));
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return LookAhead ? state.Parameters + (T.CreateTruncating(state.Value(Momentum)) * state.Slots[0]) : state.Parameters;
    }

    private void ApplyMomentum<T, F>(Plan<T> plan, ScaleFormula<T> rate, F momentum)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        if (LearningRateInVelocity)
        {
            plan.Apply(Formula.Then<T, ScaleFormula<T>, F>(rate, momentum));
        }
        else
        {
            plan.Apply(Formula.Then<T, F, ScaleFormula<T>>(momentum, rate));
        }
    }
}

/// <summary>From one look-ahead point to the next: <c>v' = mu v + g; u = v' + mu_next v' - mu v</c>.</summary>
[Formula]
internal readonly partial struct LookAheadFormula<T>(double momentum, double next)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T momentum = T.CreateTruncating(momentum), next = T.CreateTruncating(next);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L momentum_buffer)
        where L : struct, ILane<L, T>
    {
        var old = momentum_buffer;
        momentum_buffer = L.FusedMultiplyAdd(old, momentum, update);
        return L.FusedMultiplyAdd(momentum_buffer, next, L.FusedMultiplyAdd(-old, momentum, momentum_buffer));
    }
}
