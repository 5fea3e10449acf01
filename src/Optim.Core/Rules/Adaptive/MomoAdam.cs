namespace Optim;

/// <summary>Adam whose rate is cut to what a model of the loss allows.</summary>
/// <formula>
/// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; D = sqrt(v / (1 - b2^t)) + eps
/// f, y = means with b1 of loss and &lt;g, p&gt;; rho = 1 - b1^t; c = 1 + lr wd
/// s = min(lr / rho, max(c (f - rho l - y) + &lt;m, p&gt;, 0) / sum(m^2 / D))
/// p = (p - s m / D) / c; without DivideByDecay p = (1 - lr wd) p - s m / D
/// </formula>
/// <paper>Schaipp, Ohana, Eickenberg, Defazio and Gower 2023, MoMo: Momentum Models for Adaptive Learning Rates</paper>
/// <definition>The authors' code: m is not corrected, lr / rho does that.</definition>
/// <differs>Optax's decay is another where there is one.</differs>
/// <remarks>
/// A step needs the loss: <c>Step(state, gradient, loss: ...)</c>. Products and sums are over all tensors. l is <see cref="LowerBound"/>, or learnt from there upwards, <see cref="EstimateLowerBound"/>. Slots: <c>grad_avg</c> (m),
/// <c>grad_avg_sq</c> (v). Scalars: <c>loss_avg</c> (f), <c>grad_dot_w</c> (y), <c>lower_bound</c> (l).
/// </remarks>
[RegisteredRule("momo_adam", "MoMo-Adam", StartingRate = 0.1, IsElementwise = false, ExtraMoves = 6, NeedsLoss = true)]
public sealed partial record MomoAdam : Rule
{
    /// <summary>lr, the largest rate, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.01;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, more than 0: the sum over an element that has had no gradient would be 0 / 0. Default 1e-8.</summary>
    [Range(Bounds.Positive)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay divides by 1 + lr wd after the step; otherwise it multiplies by 1 - lr wd before it. Default true.</summary>
    public bool DivideByDecay { get; init; } = true;

    /// <summary>l, what the loss is never below; finite. Default 0.</summary>
    [Range(Bounds.Finite)] public partial double LowerBound { get; init; }

    /// <summary>Whether l is learnt, from <see cref="LowerBound"/> upwards. Default false.</summary>
    public bool EstimateLowerBound { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("grad_avg"), new("grad_avg_sq")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => LossModel.Scalars(LowerBound);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double loss = plan.RequireLoss(nameof(MomoAdam)), rho = Exact.OneMinusPower(at.Beta1, plan.Step), decay = at.LearningRate * at.WeightDecay, shrink = 1 + decay;
        var direction = new AdamFormula<T>(new AdamScalars<T>(at.Beta1, at.Beta2, at.Epsilon, 1, 1 / Exact.OneMinusPower(at.Beta2, plan.Step)));
        plan.ApplyToTensors(
            2,
            context =>
            {
                var model = LossModel.Of(context, loss, at.Beta1, rho, shrink, LowerBound, EstimateLowerBound);
                context.Sweep(direction);
                double step = model.Step(context.Sum(default(MeanAlongParameter)), context.Sum(default(MeanAlongUpdate)), at.LearningRate);
                double taken = DivideByDecay ? step / shrink : step, decayed = DivideByDecay ? decay / shrink : decay;
                if (decay == 0)
                {
                    context.Then(new WideScaleFormula<T>(step));
                }
                else
                {
                    context.ThenPerTensor(
                        _ => new WideScaleFormula<T>(step), _ => Formula.Then<T, WideScaleFormula<T>, DecayFormula<T>>(new(taken), new(decayed)));
                }
            },
            mayThrow: false);
    }

    /// <summary><c>m p</c>, m the first slot.</summary>
    private readonly struct MeanAlongParameter : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => slots.Read(0) * parameter;
    }

    /// <summary><c>m (m / D)</c>, the quotient the update.</summary>
    private readonly struct MeanAlongUpdate : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => slots.Read(0) * update;
    }
}
