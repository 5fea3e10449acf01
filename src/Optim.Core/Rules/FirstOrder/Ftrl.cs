namespace Optim;

/// <summary>Online learning with weights that are exactly 0: each weight is rebuilt from a sum of gradients that must exceed a threshold.</summary>
/// <formula>
/// n' = n + g^2
/// z = z + g + 2 l2_shrinkage p - (n'^q - n^q) / lr p
/// p = 0 where |z| &lt;= l1
/// p = -(z - sign(z) l1) / ((b + n'^q) / lr + 2 l2) elsewhere
/// n = n'
/// </formula>
/// <paper>McMahan, Holt, Sculley et al. 2013, Ad Click Prediction: a View from the Trenches</paper>
/// <definition>Keras' and TensorFlow's Ftrl, whose learning_rate_power is -q.</definition>
/// <differs>
/// McMahan's lambda_2 is 2 l2. Keras starts n at 0.1, InitialAccumulator; with 0 the first step is AdaGrad's. kozistr takes l2 once, starts n at 0, and takes the square root for any q.
/// </differs>
/// <remarks>
/// z begins at 0, so the initial weights enter through the third term alone: where n begins above 0 and the first gradient is small, they are mostly forgotten. The shrinkage does not enter n. A weight is rebuilt at every step,
/// also without a gradient. Where nothing has entered an element's denominator, b, n' and l2 all 0, it keeps its value. At a rate of 0 everything rests. Slots: <c>accumulator</c> (n), <c>linear</c> (z).
/// </remarks>
[RegisteredRule("ftrl", "FTRL", StartingRate = 0.3)]
public sealed partial record Ftrl : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>q, the power of n in the rate's denominator, 0 or more. Default 0.5.</summary>
    [Range(Bounds.NonNegative)] public partial double Power { get; init; } = 0.5;

    /// <summary>n before the first step, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial double InitialAccumulator { get; init; } = 0.1;

    /// <summary>l1, below which |z| gives a weight of 0; 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule L1 { get; init; } = 0;

    /// <summary>l2, a penalty on the weight's square, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule L2 { get; init; } = 0;

    /// <summary>l2_shrinkage, a decay added to the gradient in z and not in n, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule L2Shrinkage { get; init; } = 0;

    /// <summary>b, added to n's power, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Beta { get; init; } = 0;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("accumulator", InitialAccumulator), new("linear")];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { OwnPoint = "the sum that its weights are rebuilt from" };

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        if (at.LearningRate == 0)
        {
            plan.SkipSlots(2);
            plan.Apply(default(ZeroFormula<T>));
            return;
        }

        plan.SetParameters(new FtrlFormula<T>(1 / at.LearningRate, Power, at.L1, at.L2, at.L2Shrinkage, at.Beta));
    }
}

[Formula]
internal readonly partial struct FtrlFormula<T>(double inverseRate, double power, double l1, double l2, double shrinkage, double beta)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly FixedPower<T> power = new(power);
    private readonly T inverseRate = T.CreateTruncating(inverseRate), l1 = T.CreateTruncating(l1), shrinkage = T.CreateTruncating(2 * shrinkage);
    private readonly T largest = Exact.Saturated<T>(double.MaxValue);
    private readonly T constant = T.CreateTruncating((beta * inverseRate) + (2 * l2));

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, L p, ref L accumulator, ref L linear)
        where L : struct, ILane<L, T>
    {
        // An infinite n would make infinity times 0 of a weight of 0.
        L before = power.Of(accumulator), n = L.Min(L.FusedMultiplyAdd(g, g, accumulator), L.Broadcast(largest)), after = power.Of(n);
        var z = linear + (shrinkage == T.Zero ? g : L.FusedMultiplyAdd(p, shrinkage, g)) - ((after - before) * inverseRate * p);
        accumulator = n;
        linear = z;
        var excess = L.Abs(z) - L.Broadcast(l1);
        var denominator = L.FusedMultiplyAdd(after, inverseRate, L.Broadcast(constant));
        var weight = L.SelectPositive(excess, -L.Sign(z) * excess / denominator, z * T.Zero);
        return L.SelectPositive(denominator, weight, p);
    }
}
