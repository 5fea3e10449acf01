using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// AdaBelief, Adam that divides by how far gradients are from their mean: <c>m = b1 m + (1 - b1) g; s = b2 s + (1 - b2) (g - m)^2 + eps;
/// p -= lr (r (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + eps) + wd p)</c>, with the new m in s, and p from before the step.
/// </summary>
/// <remarks>
/// Definition: the authors' <c>adabelief-pytorch</c> 0.2 (Zhuang et al. 2020, "AdaBelief Optimizer: Adapting Stepsizes by the Belief in
/// Observed Gradients"): epsilon is added to s at each step, where it stays, and once more to the root. r is RAdam's rectification
/// (Liu et al. 2020) with the root corrected before epsilon is added to it, <c>r sqrt(1 - b2^t) / (sqrt(s) + eps)</c>; below a length of 5
/// the step is <c>lr m / (1 - b1^t)</c>. The paper has neither rectification nor decay: <see cref="Rectify"/> off.
/// The decay is decoupled, or L2 without <see cref="DecoupledWeightDecay"/>. AMSGrad takes the maximum over s.
/// Slots: <c>exp_avg</c>, <c>exp_avg_var</c>, with AMSGrad <c>max_exp_avg_var</c>.
/// </remarks>
public sealed record AdaBelief : Rule
{
    private const double LeastLength = 5;

    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-16; the authors advise 1e-8 without <see cref="Rectify"/>, and larger ones for float.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-16;

    /// <summary>wd, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

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

    internal static RuleEntry Entry { get; } = new(
        "adabelief", "AdaBelief", "Adam that divides by how far gradients are from their mean.",
        () => new AdaBelief(), 0.005, rate => new AdaBelief { LearningRate = rate })
    {
        Formula = "m = b1 m + (1 - b1) g\ns = b2 s + (1 - b2) (g - m)^2 + eps\nu = r sqrt(1 - b2^t) (m / (1 - b1^t)) / (sqrt(s) + eps), at first m / (1 - b1^t)\np -= lr (u + wd p)",
        Paper = "Zhuang, Tang, Ding, Tatikonda, Dvornek, Papademetris and Duncan 2020, AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients",
        Definition = "The authors' adabelief-pytorch 0.2: epsilon accumulates in s and is added to the root as well; r is RAdam's, from a length of 5 on.",
        Disagreements = "The paper does not rectify: Rectify off. kozistr adds epsilon under the root as well.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adabelief"] = h => new AdaBelief
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("weight_decouple"), FixedDecay = h.Flag("fixed_decay"),
                Rectify = h.Flag("rectify"), DegeneratedToSgd = h.Flag("degenerated_to_sgd"), AmsGrad = h.Flag("amsgrad"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBelief WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBelief WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBelief WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBelief WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBelief WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecoupledWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBelief WithDecoupledWeightDecay(bool value) => this with { DecoupledWeightDecay = value };

    /// <summary>A copy with another <see cref="FixedDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBelief WithFixedDecay(bool value) => this with { FixedDecay = value };

    /// <summary>A copy with another <see cref="Rectify"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBelief WithRectify(bool value) => this with { Rectify = value };

    /// <summary>A copy with another <see cref="DegeneratedToSgd"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBelief WithDegeneratedToSgd(bool value) => this with { DegeneratedToSgd = value };

    /// <summary>A copy with another <see cref="AmsGrad"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaBelief WithAmsGrad(bool value) => this with { AmsGrad = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        AmsGrad ? [new("exp_avg"), new("exp_avg_var"), new("max_exp_avg_var")] : [new("exp_avg"), new("exp_avg_var")];

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
        ArgumentNullException.ThrowIfNull(plan);
        double beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock), beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock);
        double epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        double correction1 = 1 / (1 - Exact.Power(beta1, plan.Step)), remaining2 = 1 - Exact.Power(beta2, plan.Step);
        var rectification = new Rectification(beta2, plan.Step);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : Constraint.NonNegative.At(WeightDecay, plan.Clock));
        if (AmsGrad)
        {
            Apply(plan, new AdaBeliefAmsGradFormula<T>(new(beta1, beta2, epsilon, correction1, 1 / remaining2), epsilon));
        }
        else if (!Rectify)
        {
            Apply(plan, new AdaBeliefFormula<T>(new(beta1, beta2, epsilon, correction1, 1 / remaining2), epsilon));
        }
        else if (rectification.Length >= LeastLength)
        {
            double factor = rectification.Factor * Math.Sqrt(remaining2) * correction1;
            Apply(plan, new AdaBeliefFormula<T>(new(beta1, beta2, epsilon, factor, 1), epsilon));
        }
        else
        {
            var mean = new AdaBeliefMeanFormula<T>(new(beta1, beta2, epsilon, correction1, 1), epsilon);
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
            plan.Apply(Formula.Then<T, Fused<T, F, ScaleFormula<T>>, DecayFormula<T>>(new(direction, new(learningRate)), new(weightDecay)));
        }
        else
        {
            plan.ApplyAtRate(direction, learningRate, weightDecay);
        }
    }
}

/// <summary><c>m = b1 m + (1 - b1) g; s = b2 s + (1 - b2) (g - m)^2 + eps</c>; u as Adam's, of m and s.</summary>
internal readonly struct AdaBeliefFormula<T>(AdamScalars<T> at, double epsilon) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var s = at.MeanSquare(slots.Read(1), update - m) + L.Broadcast(epsilon);
        slots.Write(0, m);
        slots.Write(1, s);
        return at.Direction(m, s);
    }
}

/// <summary>As <see cref="AdaBeliefFormula{T}"/>, with <c>w = max(w, s)</c> in place of s in the quotient.</summary>
internal readonly struct AdaBeliefAmsGradFormula<T>(AdamScalars<T> at, double epsilon) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 3;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var s = at.MeanSquare(slots.Read(1), update - m) + L.Broadcast(epsilon);
        var largest = L.Max(slots.Read(2), s);
        slots.Write(0, m);
        slots.Write(1, s);
        slots.Write(2, largest);
        return at.Direction(m, largest);
    }
}

/// <summary>As <see cref="AdaBeliefFormula{T}"/>, with the corrected mean alone as u.</summary>
internal readonly struct AdaBeliefMeanFormula<T>(AdamScalars<T> at, double epsilon) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;
    private readonly T epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = at.Mean(slots.Read(0), update);
        var s = at.MeanSquare(slots.Read(1), update - m) + L.Broadcast(epsilon);
        slots.Write(0, m);
        slots.Write(1, s);
        return at.Corrected(m);
    }
}

/// <summary><c>u = 0</c>, whatever arrives: a step in which slots move and the parameters rest.</summary>
internal readonly struct ZeroFormula<T> : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => L.Broadcast(T.Zero);
}
