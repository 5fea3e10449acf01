namespace Optim;

/// <summary>Steps by the sign of a mean of gradients.</summary>
/// <formula>
/// u = sign(b1 m + (1 - b1) g)
/// m = b2 m + (1 - b2) g
/// p -= lr (u + wd p)
/// </formula>
/// <paper>Chen, Liang, Huang, Real, Wang, Liu, Pham, Dong, Luong, Hsieh, Lu and Le 2023, Symbolic Discovery of Optimization Algorithms</paper>
/// <definition>The paper's; lucidrains' lion-pytorch computes the same. The sign of 0 is 0, the sign of NaN is NaN.</definition>
/// <differs>PyTorch's sign of NaN is 0, which freezes the element unseen. Cautious masks what points against the gradient (Liang et al. 2024).</differs>
/// <remarks>
/// An element without gradient or momentum only decays. Every step is as long as the learning rate, which should be 3 to 10 times smaller than AdamW's, the
/// decay as much larger. NaN spreads to the mean and the parameter. An infinite gradient steps by its sign. Slot: <c>exp_avg</c>.
/// </remarks>
[RegisteredRule("lion", "Lion", StartingRate = 0.001)]
public sealed partial record Lion : Rule
{
    /// <summary>lr, 0 or more. Default 0.0001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-4;

    /// <summary>b1, how much of the mean enters the sign, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, how much of the mean stays, in [0, 1). Default 0.99.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.99;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>
    /// Whether the elements of u that point against the gradient are left out, and the rest of each tensor is enlarged by one over the
    /// fraction kept, at most 1000 times (Liang et al. 2024, "Cautious Optimizers"; as in pytorch-image-models). The mean is not masked. Default false.
    /// </summary>
    public bool Cautious { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => LionFormula.Slots;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        plan.ApplyDirection(new LionFormula<T>(at.Beta1, at.Beta2), at.LearningRate, at.WeightDecay, Cautious);
    }
}

[Formula]
internal readonly partial struct LionFormula<T>(double beta1, double beta2)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RunningMean<T> blend = new(beta1), kept = new(beta2);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg)
        where L : struct, ILane<L, T>
    {
        var u = L.Sign(blend.Next(exp_avg, g));
        exp_avg = kept.Next(exp_avg, g);
        return u;
    }
}
