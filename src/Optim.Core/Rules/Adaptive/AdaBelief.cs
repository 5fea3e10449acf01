namespace Optim;

/// <summary>Adam that divides by how far gradients are from their mean.</summary>
/// <formula>
/// m = b1 m + (1 - b1) g
/// s = b2 s + (1 - b2) (g - m)^2 + eps
/// u = r sqrt(1 - b2^t) (m / (1 - b1^t)) / (sqrt(s) + eps), at first m / (1 - b1^t)
/// p -= lr (u + wd p)
/// </formula>
/// <paper>
/// Zhuang, Tang, Ding, Tatikonda, Dvornek, Papademetris and Duncan 2020, AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients
/// </paper>
/// <definition>The authors' adabelief-pytorch 0.2: epsilon accumulates in s and is added to the root as well; r is RAdam's, from a length of 5 on.</definition>
/// <differs>The paper does not rectify: Rectify off. kozistr adds epsilon under the root as well.</differs>
/// <remarks>
/// Epsilon is added to s at each step, where it stays, and once more to the root. r is RAdam's rectification (Liu et al. 2020) with the root corrected before
/// epsilon is added to it, <c>r sqrt(1 - b2^t) / (sqrt(s) + eps)</c>; below a length of 5 the step is <c>lr m / (1 - b1^t)</c>. The paper has neither
/// rectification nor decay: <see cref="Rectify"/> off. The decay is decoupled, or L2 without <see cref="DecoupledWeightDecay"/>. AMSGrad takes the maximum
/// over s. Slots: <c>exp_avg</c>, <c>exp_avg_var</c>, with AMSGrad <c>max_exp_avg_var</c>.
/// </remarks>
[RegisteredRule("adabelief", "AdaBelief", StartingRate = 0.01)]
public sealed partial record AdaBelief : Rule
{
    private const double LeastLength = 5;

    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-16; the authors advise 1e-8 without <see cref="Rectify"/>, and larger ones for float.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-16;

    /// <summary>wd, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the moments; otherwise it is L2. Default true.</summary>
    public bool DecoupledWeightDecay { get; init; } = true;

    /// <summary>Whether the decoupled decay is not multiplied by the learning rate: <c>p -= wd p</c>. Default false.</summary>
    public bool FixedDecay { get; init; }

    /// <summary>Whether the step is rectified while the variance of s is large, as in RAdam. Default true.</summary>
    public bool Rectify { get; init; } = true;

    /// <summary>Whether the steps that are too early to be rectified take the mean alone; otherwise they only decay. Default true.</summary>
    public bool DegeneratedToSgd { get; init; } = true;

    /// <summary>Whether the denominator never decreases; needs <see cref="Rectify"/> to be off. Default false.</summary>
    public bool AmsGrad { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AmsGrad ? AdaBeliefAmsGradFormula.Slots : AdaBeliefFormula.Slots;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (AmsGrad && Rectify)
        {
            throw new ArgumentException($"{nameof(AmsGrad)} needs {nameof(Rectify)} to be false: a rectified step has no use for the maximum.");
        }

        if (FixedDecay && !DecoupledWeightDecay)
        {
            throw new ArgumentException($"{nameof(FixedDecay)} needs {nameof(DecoupledWeightDecay)}: L2 is never multiplied by the learning rate.");
        }
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double correction1 = 1 / Exact.OneMinusPower(at.Beta1, plan.Step), remaining2 = Exact.OneMinusPower(at.Beta2, plan.Step);
        var rectification = new Rectification(at.Beta2, plan.Step);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : at.WeightDecay);
        if (AmsGrad)
        {
            Apply(plan, new AdaBeliefAmsGradFormula<T>(new(at.Beta1, at.Beta2, at.Epsilon, correction1, 1 / remaining2), at.Epsilon));
        }
        else if (!Rectify)
        {
            Apply(plan, new AdaBeliefFormula<T>(new(at.Beta1, at.Beta2, at.Epsilon, correction1, 1 / remaining2), at.Epsilon));
        }
        else if (rectification.Length >= LeastLength)
        {
            double factor = rectification.Factor * Math.Sqrt(remaining2) * correction1;
            Apply(plan, new AdaBeliefFormula<T>(new(at.Beta1, at.Beta2, at.Epsilon, factor, 1), at.Epsilon));
        }
        else
        {
            var mean = new AdaBeliefMeanFormula<T>(new(at.Beta1, at.Beta2, at.Epsilon, correction1, 1), at.Epsilon);
            if (DegeneratedToSgd)
            {
                Apply(plan, mean);
            }
            else
            {
                Apply(plan, Formula.Then<T, AdaBeliefMeanFormula<T>, ZeroFormula<T>>(mean, default));
            }
        }
    }

    private void Apply<T, F>(Plan<T> plan, F direction)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock);
        double weightDecay = DecoupledWeightDecay ? Constraint.NonNegative.At(WeightDecay, plan.Clock) : 0;
        if (FixedDecay && weightDecay != 0)
        {
            plan.ApplyWithDecay(Formula.Then<T, F, ScaleFormula<T>>(direction, new(learningRate)), weightDecay);
        }
        else
        {
            plan.ApplyAtRate(direction, learningRate, weightDecay);
        }
    }
}

/// <summary><c>m = b1 m + (1 - b1) g; s = b2 s + (1 - b2) (g - m)^2 + eps</c>; u as Adam's, of m and s.</summary>
[Formula]
internal readonly partial struct AdaBeliefFormula<T>(AdamScalars<T> at, double epsilon)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_var)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_var = at.MeanSquare(exp_avg_var, update - exp_avg) + L.Broadcast(epsilon);
        return at.Direction(exp_avg, exp_avg_var);
    }
}

/// <summary>As <see cref="AdaBeliefFormula{T}"/>, with <c>w = max(w, s)</c> in place of s in the quotient.</summary>
[Formula]
internal readonly partial struct AdaBeliefAmsGradFormula<T>(AdamScalars<T> at, double epsilon)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_var, ref L max_exp_avg_var)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_var = at.MeanSquare(exp_avg_var, update - exp_avg) + L.Broadcast(epsilon);
        max_exp_avg_var = L.Max(max_exp_avg_var, exp_avg_var);
        return at.Direction(exp_avg, max_exp_avg_var);
    }
}

/// <summary>As <see cref="AdaBeliefFormula{T}"/>, with the corrected mean alone as u.</summary>
[Formula]
internal readonly partial struct AdaBeliefMeanFormula<T>(AdamScalars<T> at, double epsilon)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_var)
        where L : struct, ILane<L, T>
    {
        exp_avg = at.Mean(exp_avg, update);
        exp_avg_var = at.MeanSquare(exp_avg_var, update - exp_avg) + L.Broadcast(epsilon);
        return at.Corrected(exp_avg);
    }
}

/// <summary><c>u = 0</c>, whatever arrives: a step in which slots move and the parameters rest.</summary>
[Formula]
internal readonly partial struct ZeroFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(AggressiveInlining)]
    private static L Apply<L>(L update)
        where L : struct, ILane<L, T> => L.Broadcast(T.Zero);
}
