namespace Optim;

/// <summary>Steps that shrink with the sum of squared gradients.</summary>
/// <formula>
/// g += wd p
/// s += g^2, from InitialAccumulator
/// p -= lr / (1 + (t - 1) decay) g / (sqrt(s) + eps)
/// </formula>
/// <paper>Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization</paper>
/// <definition>PyTorch's Adagrad: the accumulator starts at 0, epsilon is outside the root</definition>
/// <differs>TensorFlow starts the accumulator at 0.1 (InitialAccumulator).</differs>
/// <remarks>
/// Slot: <c>sum</c>. Equals the chain of <see cref="AddDecayedWeights"/>, <see cref="ScaleByAdaGrad"/> and <see cref="ScaleByLearningRate"/>.
/// </remarks>
[RegisteredRule("adagrad", "AdaGrad", StartingRate = 0.03)]
public sealed partial record AdaGrad : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>lrd, how fast the learning rate falls with the steps, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRateDecay { get; init; } = 0;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>eps, 0 or more. Default 1e-10.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-10;

    /// <summary>What s starts from, 0 or more. Default 0 (0.1 in some libraries).</summary>
    [Range(Bounds.NonNegative)] public partial double InitialAccumulator { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("sum", InitialAccumulator)];

    /// <inheritdoc/>
    public override bool CountsSteps() => LearningRateDecay is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(Maximize, at.WeightDecay);
        plan.Apply(Formula.Then<T, AdaGradFormula<T>, ScaleFormula<T>>(new(at.Epsilon), new(at.LearningRate / (1 + (plan.Clock * at.LearningRateDecay)))));
    }
}
