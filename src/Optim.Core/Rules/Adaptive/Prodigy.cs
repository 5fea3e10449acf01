namespace Optim;

/// <summary>Adam that finds its own learning rate, faster than D-Adaptation.</summary>
/// <formula>
/// a = lr d; r = b3 r + (d / d0) a &lt;g, x0 - p&gt;; s = b3 s + (d / d0) a g; m = b1 m + (1 - b1) d g; v = b2 v + (1 - b2) d^2 g^2; d = max(d, r / |s|_1); p -= a (m / (sqrt(v) + d eps) + wd p)
/// </formula>
/// <paper>Mishchenko, Defazio 2024, Prodigy: An Expeditiously Adaptive Parameter-Free Learner</paper>
/// <definition>the authors' version 1.1.2</definition>
/// <differs>L2 in place of decoupled decay: DecoupledWeightDecay = false. Adam's correction: BiasCorrection.</differs>
/// <remarks>
/// Sums are over all tensors. a holds the d from before the step, d eps the one after it; with a <see cref="GrowthRate"/>, <c>d = min(largest d', growth
/// d)</c>. Weight decay is decoupled, or L2 without <see cref="DecoupledWeightDecay"/>. Slots: <c>s</c>, <c>p0</c> (x0), <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// Scalars: <c>d</c>, <c>d_max</c>, <c>d_numerator</c> (r). Sums are accumulated in double. A gradient that is not finite makes d, and with it all
/// parameters, so.
/// </remarks>
[RegisteredRule("prodigy", "Prodigy", StartingRate = 0.03, IsElementwise = false, ExtraMoves = 11)]
public sealed partial record Prodigy : Rule
{
    /// <summary>lr, a factor on the rate that is found; 0 or more. Default 1. A schedule gives the rate its shape.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>b3, in [0, 1), of r and s. 0, the default, stands for sqrt(b2).</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta3 { get; init; } = 0;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameters rather than added to the gradient. Default true.</summary>
    public bool DecoupledWeightDecay { get; init; } = true;

    /// <summary>Whether a is multiplied by Adam's correction, <c>sqrt(1 - b2^t) / (1 - b1^t)</c>. Default false.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>Whether s takes d in place of a, so that a warmup's small lr does not make d' too large. Default false.</summary>
    public bool SafeguardWarmup { get; init; }

    /// <summary>d0, d before the first step, more than 0: no more than the distance to the minimum. Default 1e-6.</summary>
    [Range(Bounds.Positive)] public partial double InitialDistance { get; init; } = 1e-6;

    /// <summary>The factor on the estimate, more than 0; a larger one is bolder. Default 1.</summary>
    [Range(Bounds.Positive)] public partial Schedule DistanceCoefficient { get; init; } = 1;

    /// <summary>The most that d may grow by in a step, as a factor; 1 or more, infinity for no limit. Default infinity.</summary>
    [Range(Bounds.Growth)] public partial double GrowthRate { get; init; } = double.PositiveInfinity;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("s"), new("p0") { FromParameters = true }, new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("d", InitialDistance), new("d_max", InitialDistance), new("d_numerator")];

    /// <inheritdoc/>
    public override bool CountsSteps() => BiasCorrection;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => LearntDistance.Composition;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double beta3 = at.Beta3, d = plan.Scalar("d"), boost = d / InitialDistance;
        double rate = d * at.LearningRate * (BiasCorrection ? AdamCorrection.OfStep(at.Beta1, at.Beta2, plan.Step) : 1);
        beta3 = beta3 == 0 ? Math.Sqrt(at.Beta2) : beta3;
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : at.WeightDecay);
        plan.ApplyToTensors(
            4,
            context =>
            {
                double numerator = (beta3 * context.Scalar("d_numerator")) + (boost * rate * context.Sum(default(BackToStart)));
                context.Sweep(new MomentsFormula<T>(d, boost * (SafeguardWarmup ? d : rate), at.Beta1, at.Beta2, beta3));
                double norm = context.Sum(default(MagnitudeOfSlot)), next = d;
                if (norm != 0)
                {
                    double estimate = at.DistanceCoefficient * numerator / norm, largest = Math.Max(context.Scalar("d_max"), estimate);
                    next = Math.Min(largest, (d == InitialDistance ? Math.Max(d, estimate) : d) * GrowthRate);
                    context.SetScalar("d_numerator", numerator);
                    context.SetScalar("d_max", largest);
                    context.SetScalar("d", next);
                }

                context.Then(new DirectionFormula<T>(rate, at.Epsilon > 0 ? Math.Max(next * at.Epsilon, double.Epsilon) : 0), firstSlot: 2);
            },
            mayThrow: false);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? rate * at.WeightDecay : 0);
    }

    /// <summary><c>g (x0 - p)</c>.</summary>
    private readonly struct BackToStart : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update * (slots.Read(1) - parameter);
    }

    /// <summary><c>s = b3 s + c g; m = b1 m + (1 - b1) d g; v = b2 v + (1 - b2) (d g)^2; u = g</c>.</summary>
    [Formula]
    private readonly partial struct MomentsFormula<T>(double d, double share, double beta1, double beta2, double beta3)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T d = T.CreateTruncating(d), share = T.CreateTruncating(share), beta3 = T.CreateTruncating(beta3);
        private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1);
        private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L update, ref L s, ref L p0, ref L exp_avg, ref L exp_avg_sq)
            where L : struct, ILane<L, T>
        {
            var scaled = update * d;
            s = L.FusedMultiplyAdd(s, beta3, update * share);
            exp_avg = L.FusedMultiplyAdd(exp_avg, beta1, scaled * gain1);
            exp_avg_sq = L.FusedMultiplyAdd(exp_avg_sq, beta2, scaled * scaled * gain2);
            return update;
        }
    }

    /// <summary><c>u = a m / (sqrt(v) + eps)</c>.</summary>
    [Formula]
    private readonly partial struct DirectionFormula<T>(double rate, double epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // d eps guards 0 / 0 however small the two are.
        private readonly T rate = T.CreateTruncating(rate), epsilon = epsilon > 0 ? T.Max(T.CreateTruncating(epsilon), T.Epsilon) : T.Zero;

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L update, ref L exp_avg, ref L exp_avg_sq)
            where L : struct, ILane<L, T>
        {
            L m = exp_avg, v = exp_avg_sq;
            exp_avg = m;
            exp_avg_sq = v;
            return m / (L.Sqrt(v) + L.Broadcast(epsilon)) * rate;
        }
    }
}
