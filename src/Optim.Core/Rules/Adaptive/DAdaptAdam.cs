namespace Optim;

/// <summary>Adam that finds its own learning rate.</summary>
/// <formula>
/// q = sqrt(b2); a = lr d; r = q r + (1 - q) a &lt;g, s / (sqrt(v) + eps)&gt;; m = b1 m + (1 - b1) a g; v = b2 v + (1 - b2) g^2; s = q s + (1 - q) a g; d = max(d, min(r / ((1 - q) |s|_1), growth d)); p -= m / (sqrt(v) + eps)
/// </formula>
/// <paper>Defazio, Mishchenko 2023, Learning-Rate-Free Learning by D-Adaptation</paper>
/// <definition>the authors' DAdaptAdam</definition>
/// <differs>Weight decay is L2 unless DecoupledWeightDecay.</differs>
/// <remarks>
/// Sums are over all tensors. v and s in the product are those from before the step. Weight decay is L2, or decoupled by <see cref="DecoupledWeightDecay"/>
/// (<c>p -= a wd p</c>). Slots: <c>s</c>, <c>exp_avg</c>, <c>exp_avg_sq</c>. Scalars: <c>d</c>, <c>numerator_weighted</c> (r). Sums are accumulated in
/// double. The rate is inside the mean: where it becomes 0, earlier steps go on to act. A gradient that is not finite makes d, and with it all parameters, so.
/// </remarks>
[RegisteredRule("dadapt_adam", "D-Adapted Adam", StartingRate = 0.1, IsElementwise = false, ExtraMoves = 6)]
public sealed partial record DAdaptAdam : Rule
{
    /// <summary>lr, a factor on the rate that is found; 0 or more. Default 1. A schedule gives the rate its shape.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, more than 0: s is divided by it where there was no gradient yet. Default 1e-8.</summary>
    [Range(Bounds.Positive)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameters rather than added to the gradient. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>Whether a is multiplied by Adam's correction, <c>sqrt(1 - b2^t) / (1 - b1^t)</c>. Default false.</summary>
    public bool BiasCorrection { get; init; }

    /// <summary>d before the first step, more than 0: no more than the distance to the minimum. Default 1e-6.</summary>
    [Range(Bounds.Positive)] public partial double InitialDistance { get; init; } = 1e-6;

    /// <summary>The most that d may grow by in a step, as a factor; 1 or more, infinity for no limit. Default infinity.</summary>
    [Range(Bounds.Growth)] public partial double GrowthRate { get; init; } = double.PositiveInfinity;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("s"), new("exp_avg"), new("exp_avg_sq")];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("d", InitialDistance), new("numerator_weighted")];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => LearntDistance.Composition with { KeepsProjectionOut = LearntDistance.KeepProjectionOut };

    /// <inheritdoc/>
    public override bool CountsSteps() => BiasCorrection;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double root = Math.Sqrt(at.Beta2), d = plan.Scalar("d");
        double rate = d * at.LearningRate * (BiasCorrection ? AdamCorrection.OfStep(at.Beta1, at.Beta2, plan.Step) : 1);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : at.WeightDecay);
        plan.ApplyToTensors(
            3,
            context =>
            {
                double along = rate * context.Sum(new AlongDirection(at.Epsilon)), numerator = (root * context.Scalar("numerator_weighted")) + ((1 - root) * along);
                context.Sweep(new MomentsFormula<T>(rate, at.Beta1, at.Beta2, root, at.Epsilon));
                double norm = context.Sum(default(MagnitudeOfSlot));
                if (norm != 0)
                {
                    context.SetScalar("numerator_weighted", numerator);
                    context.SetScalar("d", rate > 0 ? Math.Max(d, Math.Min(numerator / ((1 - root) * norm), d * GrowthRate)) : d);
                }
            },
            mayThrow: false);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? rate * at.WeightDecay : 0);
    }

    /// <summary><c>g s / (sqrt(v) + eps)</c>.</summary>
    private readonly struct AlongDirection(double epsilon) : ISummand
    {
        private readonly double epsilon = epsilon;

        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update * (slots.Read(0) / (L.Sqrt(slots.Read(2)) + L.Broadcast(epsilon)));
    }

    [Formula]
    private readonly partial struct MomentsFormula<T>(double rate, double beta1, double beta2, double root, double epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T root = T.CreateTruncating(root), rootGain = T.CreateTruncating((1 - root) * rate);
        private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating((1 - beta1) * rate);
        private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2), epsilon = T.CreateTruncating(epsilon);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L update, ref L s, ref L exp_avg, ref L exp_avg_sq)
            where L : struct, ILane<L, T>
        {
            s = L.FusedMultiplyAdd(s, root, update * rootGain);
            exp_avg = L.FusedMultiplyAdd(exp_avg, beta1, update * gain1);
            exp_avg_sq = L.FusedMultiplyAdd(exp_avg_sq, beta2, update * update * gain2);
            return exp_avg / (L.Sqrt(exp_avg_sq) + L.Broadcast(epsilon));
        }
    }
}

/// <summary>Adam's correction of the bias where it multiplies the whole step.</summary>
internal static class AdamCorrection
{
    /// <summary><c>sqrt(1 - b2^t) / (1 - b1^t)</c>.</summary>
    public static double OfStep(double beta1, double beta2, long step) => Math.Sqrt(Exact.OneMinusPower(beta2, step)) / Exact.OneMinusPower(beta1, step);
}

/// <summary><c>|s|</c>, s the first slot.</summary>
internal readonly struct MagnitudeOfSlot : ISummand
{
    [MethodImpl(AggressiveInlining)]
    public L Term<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L> => L.Abs(slots.Read(0));
}
