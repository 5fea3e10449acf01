namespace Optim;

/// <summary>Adam with decoupled weight decay.</summary>
/// <formula>
/// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2
/// p -= lr ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + wd p)
/// </formula>
/// <paper>Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization</paper>
/// <definition>PyTorch's AdamW: the decay is multiplied by the current learning rate, with p from before the step</definition>
/// <differs>The paper multiplies the decay by the schedule's factor alone.</differs>
/// <remarks>
/// The moments never see the decay. With <see cref="Cautious"/> an element's update depends on how many others of its tensor are kept. Slots: <c>exp_avg</c>,
/// <c>exp_avg_sq</c>, with AMSGrad <c>max_exp_avg_sq</c>. Equals the chain of <see cref="ScaleByAdam"/>, <see cref="AddDecayedWeights"/> and
/// <see cref="ScaleByLearningRate"/>.
/// </remarks>
[RegisteredRule("adamw", "AdamW", StartingRate = 0.01)]
public sealed partial record AdamW : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0.01;

    /// <summary>Whether the denominator never decreases (Reddi, Kale and Kumar 2018). Default false.</summary>
    public bool AmsGrad { get; init; }

    /// <summary>
    /// Whether the elements of the quotient that point against the gradient are left out, and the rest of each tensor is enlarged by one over
    /// the fraction kept, at most 1000 times (Liang et al. 2024, "Cautious Optimizers"; as in pytorch-image-models). The moments are not masked. Default false.
    /// </summary>
    public bool Cautious { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByAdam { AmsGrad = AmsGrad }.DeclareSlots();

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var adam = new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step);
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        if (AmsGrad)
        {
            plan.ApplyDirection(new AmsGradFormula<T>(adam), at.LearningRate, at.WeightDecay, Cautious);
        }
        else
        {
            plan.ApplyDirection(new AdamFormula<T>(adam), at.LearningRate, at.WeightDecay, Cautious);
        }
    }
}
