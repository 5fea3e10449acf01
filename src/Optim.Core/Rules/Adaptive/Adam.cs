namespace Optim;

/// <summary>Momentum and root mean square, both bias-corrected.</summary>
/// <formula>
/// g += wd p
/// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2
/// p -= lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps); AMSGrad: the largest v so far
/// </formula>
/// <paper>Kingma and Ba 2015, Adam: A Method for Stochastic Optimization; Reddi, Kale and Kumar 2018 (AMSGrad)</paper>
/// <definition>PyTorch's Adam: epsilon is added to the corrected root; AMSGrad takes the maximum of the uncorrected v, then corrects it</definition>
/// <differs>TensorFlow adds epsilon to the uncorrected root (the paper's epsilon-hat). Reddi et al. correct nothing.</differs>
/// <remarks>
/// The weight decay is L2: it enters the moments; <see cref="AdamW"/> decouples it. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, with AMSGrad
/// <c>max_exp_avg_sq</c>. Equals the chain of <see cref="AddDecayedWeights"/>, <see cref="ScaleByAdam"/> and <see cref="ScaleByLearningRate"/>.
/// </remarks>
[RegisteredRule("adam", "Adam", StartingRate = 0.003)]
public sealed partial record Adam : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the denominator never decreases (Reddi, Kale and Kumar 2018). Default false.</summary>
    public bool AmsGrad { get; init; }

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
        var scalars = new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step);
        var rate = new ScaleFormula<T>(at.LearningRate);
        plan.ApplyGradientTerms(Maximize, at.WeightDecay);
        if (AmsGrad)
        {
            plan.Apply(Formula.Then<T, AmsGradFormula<T>, ScaleFormula<T>>(new(scalars), rate));
        }
        else
        {
            plan.Apply(Formula.Then<T, AdamFormula<T>, ScaleFormula<T>>(new(scalars), rate));
        }
    }
}
