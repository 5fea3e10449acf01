namespace Optim;

/// <summary>Gradient descent with momentum and decoupled weight decay.</summary>
/// <formula>
/// b = mu b + (1 - dampening) g, at first g
/// d = b, or with Nesterov g + mu b
/// p -= lr (d + wd p)
/// </formula>
/// <paper>Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization</paper>
/// <definition>pytorch-image-models' SGDW: PyTorch's momentum, the decay times the current learning rate.</definition>
/// <differs>The paper multiplies the decay by the schedule's factor alone. kozistr's first step with momentum is (1 + mu) g.</differs>
/// <remarks>
/// The momentum of <see cref="Sgd"/>, which never sees the decay, and the decay multiplied by the current learning rate. Slot: <c>momentum_buffer</c>, only
/// with momentum. Equals the chain of <see cref="ScaleByMomentum"/>, <see cref="AddDecayedWeights"/> and <see cref="ScaleByLearningRate"/>.
/// </remarks>
[RegisteredRule("sgdw", "SGDW", StartingRate = 0.03)]
public sealed partial record Sgdw : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>mu, in [0, 1). Default 0.9; 0 is no momentum, no slot. A schedule that is 0 at some step keeps its slot and its dampening.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0.9;

    /// <summary>Taken from each gradient but the first, in [0, 1). Default 0.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Dampening { get; init; } = 0;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0.01;

    /// <summary>Whether the update looks ahead; needs momentum and no dampening. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    private bool HasMomentum => Momentum is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => HasMomentum ? [new("momentum_buffer")] : [];

    /// <inheritdoc/>
    public override void Validate() => new Sgd { Momentum = Momentum, Dampening = Dampening, Nesterov = Nesterov }.Validate();

    /// <inheritdoc/>
    public override bool CountsSteps() => Dampening is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        if (!HasMomentum)
        {
            plan.ApplyAtRate(default(PassThrough<T>), at.LearningRate, at.WeightDecay);
        }
        else if (Nesterov)
        {
            plan.ApplyAtRate(new NesterovFormula<T>(at.Momentum, at.Dampening, plan.Step), at.LearningRate, at.WeightDecay);
        }
        else
        {
            plan.ApplyAtRate(new MomentumFormula<T>(at.Momentum, at.Dampening, plan.Step), at.LearningRate, at.WeightDecay);
        }
    }
}
