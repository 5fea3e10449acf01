namespace Optim;

/// <summary>Adam that switches to SGD once it knows a rate for it.</summary>
/// <formula>
/// u = lr (sqrt(1 - b2^t) / (1 - b1^t)) m / (sqrt(v) + eps); p -= u; c = |u|^2 / &lt;u, g&gt;; l = b2 l + (1 - b2) c; once l' = l / (1 - b2^t) is near c: b = b1 b + g; p -= l' (1 - b1) b
/// </formula>
/// <paper>Keskar, Socher 2017, Improving Generalization Performance by Switching from Adam to SGD</paper>
/// <definition>Mrpatekful's swats without its error in the SGD phase; one switch for all tensors</definition>
/// <differs>
/// The paper switches on an absolute tolerance of 1e-9 (RelativeTolerance = 0). pytorch_optimizer adds eps inside the root too: EpsilonTwice.
/// </differs>
/// <remarks>
/// Sums are over all tensors, so that there is one switch. Near means <c>|l' - c| &lt;= absolute + relative |c|</c>; in Mrpatekful's code the momentum of the
/// SGD phase is damped in place, which is an error. The paper's criterion is an absolute tolerance of 1e-9 alone. After the switch the rate keeps its
/// proportion to lr, so that a schedule goes on. Weight decay is L2. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, <c>momentum_buffer</c>. Scalars:
/// <c>exp_avg2</c> (l), <c>sgd_factor</c> (l' / lr at the switch), <c>switch_step</c> (the step that was the last of Adam's; 0 before).
/// </remarks>
[RegisteredRule("swats", "SWATS", StartingRate = 0.01, IsElementwise = false, ExtraMoves = 6)]
public sealed partial record Swats : Rule
{
    /// <summary>lr, of Adam; 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>How near the average must be to the last value, as a fraction of it; 0 or more. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule RelativeTolerance { get; init; } = 1e-6;

    /// <summary>How near the average must be to the last value besides; 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule AbsoluteTolerance { get; init; } = 1e-8;

    /// <summary>Whether the SGD phase adds <c>b1 b</c> to its update, as both known implementations do and call it so: <c>p -= l' b</c>. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Whether eps is added inside the root as well, <c>sqrt(v + eps) + eps</c>, as pytorch_optimizer does. Default false.</summary>
    public bool EpsilonTwice { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("exp_avg_sq"), new("momentum_buffer")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("exp_avg2"), new("sgd_factor"), new("switch_step")];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { WhyNoDirection = "the rate that it goes on with after the switch is its own" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        if (plan.Scalar("switch_step") > 0)
        {
            double found = at.LearningRate * plan.Scalar("sgd_factor");
            plan.SkipSlots(2);
            plan.Apply(Formula.Then<T, MomentumFormula<T>, ScaleFormula<T>>(new(at.Beta1, 0, plan.Step), new(Nesterov ? found : found * (1 - at.Beta1))));
            return;
        }

        double rate = at.LearningRate * AdamCorrection.OfStep(at.Beta1, at.Beta2, plan.Step);
        plan.ApplyToTensors(
            2,
            context =>
            {
                context.Sweep(new AdamMomentsFormula<T>(at.Beta1, at.Beta2));
                double along = context.Sum(new StepAlongGradient(rate, EpsilonTwice ? at.Epsilon : 0, at.Epsilon));
                if (along != 0)
                {
                    double scaling = context.Sum(new StepSquared(rate, EpsilonTwice ? at.Epsilon : 0, at.Epsilon)) / along;
                    double average = (at.Beta2 * context.Scalar("exp_avg2")) + ((1 - at.Beta2) * scaling), corrected = average / Exact.OneMinusPower(at.Beta2, context.Step);
                    context.SetScalar("exp_avg2", average);
                    if (context.Step > 1 && corrected > 0 && Math.Abs(corrected - scaling) <= at.AbsoluteTolerance + (at.RelativeTolerance * Math.Abs(scaling)))
                    {
                        context.SetScalar("sgd_factor", corrected / at.LearningRate);
                        context.SetScalar("switch_step", context.Step);
                    }
                }

                context.Then(new AdamStepFormula<T>(rate, EpsilonTwice ? at.Epsilon : 0, at.Epsilon));
            },
            mayThrow: false);
        plan.SkipSlots(1);
    }

    /// <summary><c>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; u = g</c>.</summary>
    [Formula]
    private readonly partial struct AdamMomentsFormula<T>(double beta1, double beta2)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly AdamScalars<T> at = new(beta1, beta2, 0, 1);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
            where L : struct, ILane<L, T>
        {
            exp_avg = at.Mean(exp_avg, update);
            exp_avg_sq = at.MeanSquare(exp_avg_sq, update);
            return update;
        }
    }

    /// <summary><c>u = a m / (sqrt(v + inside) + outside)</c>.</summary>
    [Formula]
    private readonly partial struct AdamStepFormula<T>(double rate, double inside, double outside)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T rate = T.CreateTruncating(rate), inside = T.CreateTruncating(inside), outside = T.CreateTruncating(outside);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
            where L : struct, ILane<L, T>
        {
            L m = exp_avg, v = exp_avg_sq;
            exp_avg = m;
            exp_avg_sq = v;
            return Of(m, v);
        }

        [MethodImpl(AggressiveInlining)]
        public L Of<L>(L m, L v)
            where L : struct, ILane<L, T> => m / (L.Sqrt(v + L.Broadcast(inside)) + L.Broadcast(outside)) * rate;
    }

    /// <summary><c>u g</c>.</summary>
    private readonly struct StepAlongGradient(double rate, double inside, double outside) : ISummand
    {
        private readonly AdamStepFormula<double> step = new(rate, inside, outside);

        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update * step.Of(slots.Read(0), slots.Read(1));
    }

    /// <summary><c>u^2</c>.</summary>
    private readonly struct StepSquared(double rate, double inside, double outside) : ISummand
    {
        private readonly AdamStepFormula<double> step = new(rate, inside, outside);

        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L>
        {
            var u = step.Of(slots.Read(0), slots.Read(1));
            return u * u;
        }
    }
}
