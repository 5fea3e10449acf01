namespace Optim;

/// <summary>Nesterov momentum from differences of gradients, divided by their root mean square.</summary>
/// <formula>
/// d = g - g_before (0 at first)
/// m = b1 m + (1 - b1) g
/// v = b2 v + (1 - b2) d
/// n = b3 n + (1 - b3) (g + b2 d)^2
/// u = (m / (1 - b1^t) + b2 v / (1 - b2^t)) / (sqrt(n / (1 - b3^t)) + eps)
/// p = (p - lr u) / (1 + lr wd)
/// </formula>
/// <paper>Xie, Zhou, Li, Lin, Yan 2022, Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models</paper>
/// <definition>The authors' code: corrected moments, betas as what is kept, no restart.</definition>
/// <differs>
/// The paper corrects no bias, starts its moments from the first gradient and writes the betas as 1 - b. ProximalWeightDecay = false decays as AdamW.
/// </differs>
/// <remarks>
/// The decay is a proximal step; see <see cref="ProximalWeightDecay"/>. The authors' <c>max_grad_norm</c> is a <see cref="ClipByGlobalNorm"/> in front, of
/// the same epsilon. Slots: <c>exp_avg</c>, <c>exp_avg_diff</c>, <c>exp_avg_sq</c>, <c>neg_pre_grad</c> (minus the last gradient).
/// </remarks>
[RegisteredRule("adan", "Adan", StartingRate = 0.01)]
public sealed partial record Adan : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, for the gradient, in [0, 1). Default 0.98.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.98;

    /// <summary>b2, for the difference, in [0, 1). Default 0.92.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.92;

    /// <summary>b3, for the square, in [0, 1). Default 0.99.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta3 { get; init; } = 0.99;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0; the authors use 0.02.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>
    /// Whether the decay divides what the step leads to by <c>1 + lr wd</c>, as the paper derives it. If not, it is taken from the parameter
    /// before the step as in <see cref="AdamW"/>: <c>p = (1 - lr wd) p - lr u</c> (the authors' <c>no_prox</c>). Default true.
    /// </summary>
    public bool ProximalWeightDecay { get; init; } = true;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AdanFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var direction = new AdanFormula<T>(at.Beta1, at.Beta2, at.Beta3, at.Epsilon, plan.Step);
        if (ProximalWeightDecay && plan.DecayWhereAny(at.WeightDecay) != 0 && plan.Exempt is not null)
        {
            plan.Apply(direction);
            plan.SetParametersExempting(new ProximalStepFormula<T>(at.LearningRate, 0), new ProximalStepFormula<T>(at.LearningRate, at.WeightDecay));
        }
        else if (ProximalWeightDecay && plan.DecayWhereAny(at.WeightDecay) != 0)
        {
            plan.SetParameters(Formula.Then<T, AdanFormula<T>, ProximalStepFormula<T>>(direction, new(at.LearningRate, at.WeightDecay)));
        }
        else
        {
            plan.ApplyAtRate(direction, at.LearningRate, at.WeightDecay);
        }
    }
}

/// <summary>The direction of <see cref="Adan"/>.</summary>
[Formula]
internal readonly partial struct AdanFormula<T>(double beta1, double beta2, double beta3, double epsilon, long step)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1);
    private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2);
    private readonly T beta3 = T.CreateTruncating(beta3), gain3 = T.CreateTruncating(1 - beta3);
    private readonly T correction1 = T.CreateTruncating(1 / Exact.OneMinusPower(beta1, step));
    private readonly T correction2 = T.CreateTruncating(beta2 / Exact.OneMinusPower(beta2, step));
    private readonly T correction3 = T.CreateTruncating(1 / Exact.OneMinusPower(beta3, step)), epsilon = T.CreateTruncating(epsilon);
    private readonly bool hasBefore = step > 1;

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_diff, ref L exp_avg_sq, ref L neg_pre_grad)
        where L : struct, ILane<L, T>
    {
        var difference = hasBefore ? update + neg_pre_grad : L.Broadcast(T.Zero);
        var ahead = L.FusedMultiplyAdd(difference, beta2, update);
        exp_avg = L.FusedMultiplyAdd(exp_avg, beta1, update * gain1);
        exp_avg_diff = L.FusedMultiplyAdd(exp_avg_diff, beta2, difference * gain2);
        exp_avg_sq = L.FusedMultiplyAdd(exp_avg_sq, beta3, ahead * ahead * gain3);
        neg_pre_grad = -update;
        return L.FusedMultiplyAdd(exp_avg_diff, correction2, exp_avg * correction1) / (L.Sqrt(exp_avg_sq * correction3) + L.Broadcast(epsilon));
    }
}

/// <summary>From a direction to the new parameter: <c>(p - lr u) / (1 + lr wd)</c>.</summary>
[Formula]
internal readonly partial struct ProximalStepFormula<T>(double learningRate, double weightDecay)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T rate = T.CreateTruncating(learningRate), shrink = T.CreateTruncating(1 / (1 + (learningRate * weightDecay)));

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, L parameter)
        where L : struct, ILane<L, T> => (parameter - (update * rate)) * shrink;
}
