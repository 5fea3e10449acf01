namespace Optim;

/// <summary>Adam whose mean takes a gradient no smaller than a tensor's gradients have been.</summary>
/// <formula>
/// e = 0.95 e + 0.05 |g|, for each tensor
/// s = g max(1, e / |g|)
/// m = b1 m + (1 - b1) s
/// v = b2 v + (1 - b2) g^2 + eps
/// p = p - lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
/// </formula>
/// <paper>Dubey, Singh and Chaudhuri 2023, AdaNorm: Adaptive Gradient Norm Correction based Optimizer for CNNs</paper>
/// <definition>The authors' AdamNorm: epsilon stays in v and is added to the root as well.</definition>
/// <differs>kozistr never updates e, so that nothing is corrected there.</differs>
/// <remarks>
/// With AMSGrad epsilon stays in the maximum in place of v. With <see cref="Rectify"/> the step is RAdam's, from a length above 4; before, it is <c>lr m</c>, not corrected. The decay is L2, or with <see cref="DecoupledWeightDecay"/>
/// taken from the parameters. A gradient of 0 stays 0 (0 e / 0 in the authors' code). Slots: <c>exp_grad_norm</c> (e, a number a tensor), <c>exp_avg</c>, <c>exp_avg_var</c> (v), with AMSGrad <c>max_exp_avg_var</c>.
/// </remarks>
[RegisteredRule("adanorm", "AdaNorm", StartingRate = 0.003, IsElementwise = false, IsPerTensor = true, ExtraMoves = 2)]
public sealed partial record AdaNorm : Rule
{
    // The authors' code has it built in.
    private const double NormBeta = 0.95, MostEnlargement = 1e70;

    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the moments. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>Whether the decoupled decay is not multiplied by the learning rate: <c>p -= wd p</c>. Default false.</summary>
    public bool FixedDecay { get; init; }

    /// <summary>Whether the step is rectified while the variance of v is large, as in RAdam. Default false.</summary>
    public bool Rectify { get; init; }

    /// <summary>Whether the denominator never decreases. Default false.</summary>
    public bool AmsGrad { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [new("exp_grad_norm") { Dimensions = _ => [] }, .. AmsGrad ? AdaNormAmsGradFormula.Slots : AdaNormFormula.Slots];

    /// <inheritdoc/>
    public override void Validate()
    {
        if (FixedDecay && !DecoupledWeightDecay)
        {
            throw new ArgumentException($"{nameof(FixedDecay)} needs {nameof(DecoupledWeightDecay)}: L2 is never multiplied by the learning rate.");
        }
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : at.WeightDecay);
        double correction1 = 1 / Exact.OneMinusPower(at.Beta1, plan.Step), correction2 = 1 / Exact.OneMinusPower(at.Beta2, plan.Step);
        var rectification = new Rectification(at.Beta2, plan.Step);
        bool isEarly = Rectify && rectification.Length <= 4;
        var scalars = new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, isEarly ? 1 : Rectify ? rectification.Factor * correction1 : correction1, correction2);
        plan.ApplyToTensors(
            AmsGrad ? 4 : 3,
            context =>
            {
                if (AmsGrad)
                {
                    context.ThenPerTensor(i => new AdaNormAmsGradFormula<T>(scalars, Enlargement(context, i), at.Epsilon, isEarly), firstSlot: 1);
                }
                else
                {
                    context.ThenPerTensor(i => new AdaNormFormula<T>(scalars, Enlargement(context, i), at.Epsilon, isEarly), firstSlot: 1);
                }
            },
            mayThrow: false);
        double decay = DecoupledWeightDecay ? at.WeightDecay : 0;
        if (!FixedDecay)
        {
            plan.ApplyDecay(decay);
        }

        plan.Apply(new ScaleFormula<T>(at.LearningRate));
        if (FixedDecay)
        {
            plan.ApplyDecay(decay);
        }
    }

    private static double Enlargement<T>(TensorStepContext<T> context, int tensor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T average = ref context.ChangeSlot(0)[tensor];
        double norm = context.UpdateNorm(context.Tensor(tensor)), mean = (NormBeta * double.CreateTruncating(average)) + ((1 - NormBeta) * norm);
        average = T.CreateTruncating(mean);
        // More than that times 0 would be NaN in single precision.
        return mean > norm && norm > 0 ? Math.Min(mean / norm, MostEnlargement) : 1;
    }
}

/// <summary>m of the enlarged gradient, v of the gradient and epsilon; u as Adam's, or m alone.</summary>
[Formula]
internal readonly partial struct AdaNormFormula<T>(AdamScalars<T> at, double enlargement, double epsilon, bool meanAlone)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly WideScaleFormula<T> enlarged = new(enlargement);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_var)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, enlarged.Of(g));
        exp_avg_var = at.MeanSquare(exp_avg_var, g) + L.Broadcast(epsilon);
        return meanAlone ? exp_avg : at.Direction(exp_avg, exp_avg_var);
    }
}

/// <summary>As <see cref="AdaNormFormula{T}"/>, with <c>w = max(w, v) + eps</c> in place of v in the quotient, and epsilon not in v.</summary>
[Formula]
internal readonly partial struct AdaNormAmsGradFormula<T>(AdamScalars<T> at, double enlargement, double epsilon, bool meanAlone)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly WideScaleFormula<T> enlarged = new(enlargement);
    private readonly T epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_var, ref L max_exp_avg_var)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, enlarged.Of(g));
        exp_avg_var = at.MeanSquare(exp_avg_var, g);
        max_exp_avg_var = L.Max(max_exp_avg_var, exp_avg_var) + L.Broadcast(epsilon);
        return meanAlone ? exp_avg : at.Direction(exp_avg, max_exp_avg_var);
    }
}
