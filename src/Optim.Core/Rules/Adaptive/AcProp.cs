namespace Optim;

/// <summary>Whose ACProp.</summary>
public enum AcPropForm
{
    /// <summary>The authors' code: the error is from the new mean, epsilon stays in s from the second step on.</summary>
    Authors,

    /// <summary>Optax's: the error is from the mean before the step, the decay is decoupled, nothing is rectified.</summary>
    Optax,
}

/// <summary>The gradient divided by how far the gradients before it were from their mean.</summary>
/// <formula>
/// m = b1 m + (1 - b1) g
/// D = sqrt((s + eps) / (1 - b2^(t-1))) + eps, s that of the step before
/// p -= lr (g / D + wd p); at the first step p -= lr (m / (1 - b1) + wd p)
/// s = b2 (s + eps) + (1 - b2) (g - m)^2
/// (Rectify: D = (sqrt(s + eps) + eps) / (sqrt(1 - b2^t) r), with RAdam's r from a length of 5 on; m / (1 - b1^t) in place of g / D before)
/// </formula>
/// <paper>Zhuang, Ding, Tang, Dvornek, Tatikonda, Duncan 2021, Momentum Centering and Asynchronous Update for Adaptive Gradient Methods</paper>
/// <definition>The authors' code, rectified as by default there; its AMSGrad divides by 0 at the first step and is left out.</definition>
/// <differs>Optax takes g - m with the mean before the step, eps_root in place of the epsilon that stays in s, and the first gradient as it is: Form = Optax, RootEpsilon.</differs>
/// <remarks>
/// Asynchronous: what divides a gradient is known before it, so that the quotient has no bias; epsilon is added to s at each step but the first, where it stays, and once more to the root. Slots: <c>exp_avg</c>, <c>exp_avg_var</c> (s).
/// </remarks>
[RegisteredRule("acprop", "ACProp", StartingRate = 0.01)]
public sealed partial record AcProp : Rule
{
    private const double LeastLength = 5;

    /// <summary>Whose. Default the authors'.</summary>
    public AcPropForm Form { get; init; }

    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-16.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-16;

    /// <summary>What Optax's form adds to s at each step, 0 or more; the authors' adds <see cref="Epsilon"/>. Default 1e-16.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule RootEpsilon { get; init; } = 1e-16;

    /// <summary>wd, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the moments; otherwise it is L2. Default true.</summary>
    public bool DecoupledWeightDecay { get; init; } = true;

    /// <summary>Whether the decoupled decay is not multiplied by the learning rate: <c>p -= wd p</c>. Default false.</summary>
    public bool FixedDecay { get; init; }

    /// <summary>Whether the step is rectified while the variance of s is large, as in RAdam; the authors' form only. Default true.</summary>
    public bool Rectify { get; init; } = true;

    /// <summary>Whether the steps that are too early to be rectified take the mean alone; otherwise they only decay. Default true.</summary>
    public bool DegeneratedToSgd { get; init; } = true;

    /// <summary>Whether the corrected mean takes the gradient's place in the quotient; the authors' form only. Default false.</summary>
    public bool DivideMean { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AcPropFormula.Slots;

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
        double decay = DecoupledWeightDecay ? at.WeightDecay : 0;
        if (FixedDecay && decay != 0)
        {
            plan.ApplyWithDecay(Formula.Then<T, AcPropFormula<T>, ScaleFormula<T>>(FormulaAt(plan, at.Beta1, at.Beta2, at.Epsilon, at.RootEpsilon), new(at.LearningRate)), decay);
        }
        else
        {
            plan.ApplyAtRate(FormulaAt(plan, at.Beta1, at.Beta2, at.Epsilon, at.RootEpsilon), at.LearningRate, decay);
        }
    }

    private AcPropFormula<T> FormulaAt<T>(Plan<T> plan, double beta1, double beta2, double epsilon, double rootEpsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        long step = plan.Step;
        double correction1 = 1 / Exact.OneMinusPower(beta1, step), remaining2 = Exact.OneMinusPower(beta2, step), before = 1 / Exact.OneMinusPower(beta2, step - 1);
        if (Form == AcPropForm.Optax)
        {
            // Of the first gradient nothing is known: it is divided by 1.
            return new(beta1, beta2, isBefore: true, accumulated: 0, after: rootEpsilon, 0, 1, step == 1 ? 0 : before, step == 1 ? 1 + epsilon : epsilon);
        }

        double mean = DivideMean ? correction1 : 0, gradient = DivideMean ? 0 : 1;
        if (step == 1)
        {
            return new(beta1, beta2, isBefore: false, accumulated: 0, after: 0, correction1, 0, 0, 1);
        }

        var rectification = new Rectification(beta2, step);
        return !Rectify ? new(beta1, beta2, isBefore: false, epsilon, after: 0, mean, gradient, before, epsilon)
            : rectification.Length >= LeastLength ? Rectified(rectification.Factor * Math.Sqrt(remaining2))
            : new(beta1, beta2, isBefore: false, epsilon, after: 0, DegeneratedToSgd ? correction1 : 0, 0, 0, 1);

        AcPropFormula<T> Rectified(double factor) => new(beta1, beta2, isBefore: false, epsilon, after: 0, mean * factor, gradient * factor, 1, epsilon);
    }
}

/// <summary><c>u = (a m + c g) / (sqrt(k (s + eps)) + eps')</c>, s from before it learns of g.</summary>
[Formula]
internal readonly partial struct AcPropFormula<T>(
    double beta1, double beta2, bool isBefore, double accumulated, double after, double mean, double gradient, double correction2, double added)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RunningMean<T> first = new(beta1), second = new(beta2);
    private readonly T accumulated = T.CreateTruncating(accumulated), after = T.CreateTruncating(after);
    private readonly T mean = T.CreateTruncating(mean), gradient = T.CreateTruncating(gradient);
    private readonly T correction2 = T.CreateTruncating(correction2), added = T.CreateTruncating(added);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_var)
        where L : struct, ILane<L, T>
    {
        L old = exp_avg, m = first.Next(old, g), s = exp_avg_var + L.Broadcast(accumulated), error = g - (isBefore ? old : m);
        exp_avg = m;
        exp_avg_var = second.Next(s, error * error) + L.Broadcast(after);
        var numerator = gradient == T.Zero ? mean == T.Zero ? L.Broadcast(T.Zero) : m * mean : g * gradient;
        return correction2 == T.Zero ? numerator / L.Broadcast(added) : numerator / (L.Sqrt(s * correction2) + L.Broadcast(added));
    }
}
