namespace Optim;

/// <summary>Dual averaging from the starting point, divided by the cube root of summed squares.</summary>
/// <formula>
/// g += wd p
/// a = (lr + eps) sqrt(t)
/// s += a g
/// v += a g^2
/// z = x_0 - s / (cbrt(v) + eps)
/// p = mu p + (1 - mu) z
/// </formula>
/// <paper>Defazio, Jelassi 2021, Adaptivity without compromise: a momentumized, adaptive, dual averaged gradient method for stochastic optimization</paper>
/// <definition>The authors' code, as in pytorch-image-models.</definition>
/// <differs>The paper does not add eps to the learning rate.</differs>
/// <remarks>
/// Epsilon is added to the learning rate, but to a rate of exactly 0: then nothing moves, neither sums nor parameters (the authors refuse a rate of 0). The decay of <see cref="DecoupledWeightDecay"/> is taken from p before it is mixed
/// with z. Slots: <c>s</c>, <c>grad_sum_sq</c>, <c>x0</c> (a copy of the parameters of the first step).
/// </remarks>
[RegisteredRule("madgrad", "MADGRAD", StartingRate = 0.01)]
public sealed partial record MadGrad : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>mu, how much of the parameter stays at each step, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0.9;

    /// <summary>eps, 0 or more. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-6;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the sums. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("s"), new("grad_sum_sq"), new("x0") { FromParameters = true }];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { WhyNoDirection = "it is inside the sum that its point is rebuilt from", RebuildsParameters = true };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        if (at.LearningRate == 0)
        {
            plan.SkipSlots(3);
            plan.Apply(default(ZeroFormula<T>));
            return;
        }

        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : at.WeightDecay);
        plan.SetParametersExempting(Keeping(at.Momentum), Keeping(at.Momentum * (DecoupledWeightDecay ? 1 - (at.LearningRate * at.WeightDecay) : 1)));

        MadGradFormula<T> Keeping(double keep) => new((at.LearningRate + at.Epsilon) * Math.Sqrt(plan.Step), at.Epsilon, 1 - at.Momentum, keep);
    }
}

[Formula]
internal readonly partial struct MadGradFormula<T>(double weight, double epsilon, double share, double keep)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T weight = T.CreateTruncating(weight), epsilon = T.CreateTruncating(epsilon);
    private readonly T share = T.CreateTruncating(share), keep = T.CreateTruncating(keep);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, L parameter, ref L s, ref L grad_sum_sq, ref L x0)
        where L : struct, ILane<L, T>
    {
        var weighted = update * weight;
        s += weighted;
        grad_sum_sq = L.FusedMultiplyAdd(weighted, update, grad_sum_sq);
        var averaged = (x0 - (s / (L.CubeRoot(grad_sum_sq) + L.Broadcast(epsilon)))) * share;
        return keep == T.Zero ? averaged : L.FusedMultiplyAdd(parameter, keep, averaged);
    }
}
