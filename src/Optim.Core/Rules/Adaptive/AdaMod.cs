namespace Optim;

/// <summary>Adam whose rate for each element stays below its own mean.</summary>
/// <formula>
/// m = b1 m + (1 - b1) g
/// v = b2 v + (1 - b2) g^2
/// e = lr sqrt(1 - b2^t) / (1 - b1^t) / (sqrt(v) + eps)
/// s = b3 s + (1 - b3) e
/// p -= min(e, s) m + lr wd p
/// </formula>
/// <paper>Ding, Ren, Luo, Sun 2019, An adaptive and momental bound method for stochastic learning</paper>
/// <definition>The authors' code: decoupled decay, epsilon on the uncorrected root.</definition>
/// <differs>The paper adds eps to the corrected root: EpsilonAfterCorrection = true.</differs>
/// <remarks>The mean s starts from 0 and is not corrected, which warms the rate up. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, <c>exp_avg_lr</c>.</remarks>
[RegisteredRule("adamod", "AdaMod", StartingRate = 0.01)]
public sealed partial record AdaMod : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>b3, for the mean of the rates, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta3 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>Whether epsilon is added to the corrected root, <c>sqrt(v / (1 - b2^t)) + eps</c>, as in the paper and in <see cref="Adam"/>. Default false.</summary>
    public bool EpsilonAfterCorrection { get; init; }

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AdaModFormula.Slots;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { WhyNoDirection = "it is inside the mean of rates that each one is held below" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var adam = AdamScalars<T>.InFront(at.Beta1, at.Beta2, at.Epsilon, plan.Step, EpsilonAfterCorrection);
        plan.ApplyWithDecay(new AdaModFormula<T>(adam, at.LearningRate, at.Beta3), at.LearningRate * at.WeightDecay);
    }
}

[Formula]
internal readonly partial struct AdaModFormula<T>(AdamScalars<T> at, double rate, double beta3)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly RunningMean<T> mean = new(beta3);
    private readonly T rate = T.CreateTruncating(rate), largest = Exact.Saturated<T>(double.MaxValue);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq, ref L exp_avg_lr)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_sq = at.MeanSquare(exp_avg_sq, update);

        // A mean of 0 has a rate beyond all numbers; times infinity it would be NaN.
        var own = L.Min(at.Corrected(L.Broadcast(rate)) / at.Root(exp_avg_sq), L.Broadcast(largest));
        exp_avg_lr = mean.Next(exp_avg_lr, own);
        return L.Min(own, exp_avg_lr) * exp_avg;
    }
}
