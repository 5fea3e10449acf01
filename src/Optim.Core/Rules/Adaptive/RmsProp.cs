namespace Optim;

/// <summary>Steps divided by the recent root mean square of gradients.</summary>
/// <formula>
/// g += wd p
/// v = a v + (1 - a) g^2; centred: m = a m + (1 - a) g
/// d = g / (sqrt(v) + eps), centred: sqrt(max(v - m^2, 0)) + eps
/// b = mu b + d; p -= lr b
/// </formula>
/// <paper>Tieleman and Hinton 2012, Coursera lecture 6.5; Graves 2013 (centred)</paper>
/// <definition>PyTorch's RMSprop: a = 0.99, v starts at 0, epsilon outside the root; v - m^2 is clamped at 0</definition>
/// <differs>
/// TensorFlow: v starts at 1, epsilon inside the root, the learning rate inside the momentum buffer (InitialAccumulator, EpsilonInsideRoot,
/// LearningRateInVelocity). PyTorch 1.13 does not clamp v - m^2 and can reach NaN.
/// </differs>
/// <remarks>
/// TensorFlow's form is <see cref="EpsilonInsideRoot"/>, <see cref="LearningRateInVelocity"/>, <see cref="InitialAccumulator"/> 1 and <see cref="Alpha"/>
/// 0.9. Slots: <c>square_avg</c>, centred <c>grad_avg</c>, with momentum <c>momentum_buffer</c>. Equals the chain of <see cref="AddDecayedWeights"/>,
/// <see cref="ScaleByRmsProp"/>, <see cref="ScaleByMomentum"/> and <see cref="ScaleByLearningRate"/>.
/// </remarks>
[RegisteredRule("rmsprop", "RMSprop", StartingRate = 0.003)]
public sealed partial record RmsProp : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>a, how much of the mean square stays, in [0, 1). Default 0.99 (0.9 in the lecture and some libraries).</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Alpha { get; init; } = 0.99;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>Whether epsilon is added under the root, as TensorFlow does: <c>sqrt(v + eps)</c>. Default false.</summary>
    public bool EpsilonInsideRoot { get; init; }

    /// <summary>Whether the square of the mean gradient is taken off: the variance in place of the mean square. Default false.</summary>
    public bool Centered { get; init; }

    /// <summary>What v starts from, 0 or more. Default 0 (1 in TensorFlow).</summary>
    [Range(Bounds.NonNegative)] public partial double InitialAccumulator { get; init; }

    /// <summary>mu, in [0, 1). Default 0: no momentum, no slot for it.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the mean square. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>Whether the learning rate enters the momentum, as in TensorFlow: <c>b = mu b + lr d; p -= b</c>. Default false.</summary>
    public bool LearningRateInVelocity { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    private bool HasMomentum => Momentum is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots()
    {
        var direction = new ScaleByRmsProp { Centered = Centered, InitialAccumulator = InitialAccumulator }.DeclareSlots();
        return HasMomentum ? [.. direction, new("momentum_buffer")] : direction;
    }

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => LearningRateInVelocity ? new() { WhyNoDirection = "it is inside the velocity", Ascends = Maximize } : Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var scalars = new RmsPropScalars<T>(at.Alpha, at.Epsilon, EpsilonInsideRoot);
        plan.ApplyGradientTerms(Maximize, DecoupledWeightDecay ? 0 : at.WeightDecay);
        if (Centered)
        {
            ApplyRate(plan, new CenteredRmsPropFormula<T>(scalars), at.LearningRate);
        }
        else
        {
            ApplyRate(plan, new RmsPropFormula<T>(scalars), at.LearningRate);
        }

        plan.ApplyDecay(DecoupledWeightDecay ? at.LearningRate * at.WeightDecay : 0);
    }

    private void ApplyRate<T, F>(Plan<T> plan, F direction, double learningRate)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        var rate = new ScaleFormula<T>(learningRate);
        var momentum = new MomentumFormula<T>(Constraint.UnitInterval.At(Momentum, plan.Clock), 0, plan.Step);
        if (!HasMomentum)
        {
            plan.Apply(Formula.Then<T, F, ScaleFormula<T>>(direction, rate));
        }
        else if (LearningRateInVelocity)
        {
            plan.Apply(Formula.Then<T, Fused<T, F, ScaleFormula<T>>, MomentumFormula<T>>(new(direction, rate), momentum));
        }
        else
        {
            plan.Apply(Formula.Then<T, Fused<T, F, MomentumFormula<T>>, ScaleFormula<T>>(new(direction, momentum), rate));
        }
    }
}
