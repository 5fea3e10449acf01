namespace Optim;

/// <summary>Gradient descent that finds its own learning rate.</summary>
/// <formula>a = lr d / |g_1|; r = r + a &lt;g, s&gt;; s = s + a g; d = max(d, min(2 r / |s|, growth d)); p = mu p + (1 - mu) (x0 - s)</formula>
/// <paper>Defazio, Mishchenko 2023, Learning-Rate-Free Learning by D-Adaptation</paper>
/// <definition>the authors' DAdaptSGD, which leaves the L2 term out of |g_1|</definition>
/// <remarks>
/// Sums and norms are over all tensors. The weight decay is L2 and enters all but G (in the paper it would enter G too; the authors' code leaves it out). G
/// is taken from the first gradient that is not 0. Slots: <c>s</c>; <c>x0</c>, the start. Scalars: <c>d</c>, <c>numerator_weighted</c> (r), <c>g0_norm</c>
/// (G). Sums are accumulated in double. Where the rate becomes 0, p still goes on towards <c>x0 - s</c>. A gradient that is not finite makes all parameters so.
/// </remarks>
[RegisteredRule("dadapt_sgd", "D-Adapted SGD", StartingRate = 0.1, IsElementwise = false, ExtraMoves = 8)]
public sealed partial record DAdaptSgd : Rule
{
    /// <summary>lr, a factor on the rate that is found; 0 or more. Default 1. A schedule gives the rate its shape; with noisy gradients a constant 1 is too much (0.1 to 0.3 trained networks well here).</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>mu, in [0, 1). Default 0.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>d before the first step, more than 0: no more than the distance to the minimum. Default 1e-6.</summary>
    [Range(Bounds.Positive)] public partial double InitialDistance { get; init; } = 1e-6;

    /// <summary>The most that d may grow by in a step, as a factor; 1 or more, infinity for no limit. Default infinity.</summary>
    [Range(Bounds.Growth)] public partial double GrowthRate { get; init; } = double.PositiveInfinity;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("s"), new("x0") { FromParameters = true }];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => [new("d", InitialDistance), new("numerator_weighted"), new("g0_norm")];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => LearntDistance.Composition with { KeepsProjectionOut = LearntDistance.KeepProjectionOut, RebuildsParameters = true };

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double d = plan.Scalar("d");
        plan.ApplyToTensors(
            2,
            context =>
            {
                double first = context.Scalar("g0_norm");
                first = first == 0 ? context.GlobalNorm() : first;
                if (first == 0)
                {
                    // No gradient yet: nothing to measure by, and the update is 0 as it is.
                    return;
                }

                context.Decay(at.WeightDecay);
                double rate = at.LearningRate * d / first, numerator = context.Scalar("numerator_weighted") + (rate * context.Sum(default(AlongSlot)));
                context.Sweep(new AccumulateFormula<T>(rate));
                double norm = context.GlobalNorm(context.Slot(0));
                context.SetScalar("g0_norm", first);
                context.SetScalar("numerator_weighted", numerator);
                context.SetScalar("d", at.LearningRate > 0 && norm > 0 ? Math.Max(d, Math.Min(2 * numerator / norm, d * GrowthRate)) : d);
                context.Then(new TowardsDualFormula<T>(1 - at.Momentum));
            },
            mayThrow: false);
    }

    /// <summary><c>g s</c>.</summary>
    private readonly struct AlongSlot : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update * slots.Read(0);
    }

    /// <summary><c>s += a g; u = g</c>.</summary>
    [Formula]
    private readonly partial struct AccumulateFormula<T>(double rate)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // A first gradient of 1e-45 makes the rate more than a float holds.
        private readonly T rate = Exact.Saturated<T>(rate);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L update, ref L s)
            where L : struct, ILane<L, T>
        {
            s = L.FusedMultiplyAdd(update, rate, s);
            return update;
        }
    }

    /// <summary><c>u = (1 - mu) (p - (x0 - s))</c>.</summary>
    [Formula]
    private readonly partial struct TowardsDualFormula<T>(double share)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T share = T.CreateTruncating(share);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L update, L parameter, ref L s, ref L x0)
            where L : struct, ILane<L, T>
        {
            L sum = s, start = x0;
            s = sum;
            x0 = start;
            return (parameter - (start - sum)) * share;
        }
    }
}
