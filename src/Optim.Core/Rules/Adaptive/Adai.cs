namespace Optim;

/// <summary>Momentum with an inertia of its own for each element: less where gradients are large, and no adaptive rate.</summary>
/// <formula>
/// g = g + wd p
/// v = b2 v + (1 - b2) g^2
/// b1 = clip(1 - b0 v / mean(v), 0, 1 - eps), the mean over all elements of all tensors
/// m = b1 m + (1 - b1) g
/// p = p - lr m / (1 - product of b1 so far)
/// </formula>
/// <paper>Xie, Wang, Zhang, Sato and Sugiyama 2022, Adaptive Inertia: Disentangling the Effects of Adaptive Learning Rate and Momentum</paper>
/// <definition>The authors' code. The bias correction of v cancels in the quotient.</definition>
/// <differs>The authors' learning rate is 1 by default, with which x^2 does not fall from 1.</differs>
/// <remarks>
/// epsilon bounds the inertia and is in no denominator. A tensor's update depends on the others through the mean. While all gradients have been 0 every b1 is 1 - eps (0 / 0 in the authors' code). The decay is L2, or with
/// <see cref="DecoupledWeightDecay"/> taken from the parameters: the authors' AdaiW. Slots: <c>exp_avg_sq</c>, <c>exp_avg</c>, <c>beta1_prod</c>.
/// </remarks>
[RegisteredRule("adai", "Adai", StartingRate = 0.3, IsElementwise = false, ExtraMoves = 4)]
public sealed partial record Adai : Rule
{
    /// <summary>lr, 0 or more. Default 0.1. (The authors' 1 does not descend on x^2.)</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.1;

    /// <summary>b0, how fast inertia falls with the size of gradients, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Beta0 { get; init; } = 0.1;

    /// <summary>b2, in [0, 1). Default 0.99.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.99;

    /// <summary>eps, the least that 1 - b1 may be, in (0, 1]. Default 0.001.</summary>
    [Range(Bounds.PositiveFraction)] public partial Schedule Epsilon { get; init; } = 1e-3;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg_sq"), new("exp_avg"), new("beta1_prod", 1)];

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new()
    {
        KeepsProjectionOut = "the gradients of elements at a bound stay large, and by their share in the mean all others become inert; take momentum or Adam",
    };

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(maximize: false, DecoupledWeightDecay ? 0 : at.WeightDecay);
        plan.ApplyToTensors(
            3,
            context =>
            {
                context.Sweep(new GatheredSquareFormula<T>(at.Beta2));
                double mean = context.Sum(default(OfSlot)) / Math.Max(context.ElementCount, 1);
                context.Then(new InertiaFormula<T>(at.Beta0 == 0 || mean == 0 ? 0 : Math.Min(at.Beta0 / mean, double.MaxValue), at.Epsilon));
            },
            mayThrow: false);
        plan.ApplyAtRate(default(PassThrough<T>), at.LearningRate, DecoupledWeightDecay ? at.WeightDecay : 0);
    }

    private readonly struct OfSlot : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => slots.Read(0);
    }

    /// <summary><c>b1 = clip(1 - a v, 0, 1 - eps); m = b1 m + (1 - b1) g; P = P b1; u = m / (1 - P)</c>.</summary>
    [Formula]
    private readonly partial struct InertiaFormula<T>(double share, double epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly WideScaleFormula<T> share = new(share);
        private readonly T most = T.CreateTruncating(1 - epsilon), least = T.CreateTruncating(epsilon);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L g, ref L exp_avg_sq, ref L exp_avg, ref L beta1_prod)
            where L : struct, ILane<L, T>
        {
            L v = exp_avg_sq, before = exp_avg, product = beta1_prod;
            L beta1 = L.Min(L.Max(L.One - share.Of(v), L.Broadcast(T.Zero)), L.Broadcast(most));
            L mean = L.FusedMultiplyAdd(before, beta1, g * (L.One - beta1)), after = product * beta1;
            exp_avg_sq = v;
            exp_avg = mean;
            beta1_prod = after;

            // The product begins at 1, and no factor is above 1 - eps; but 1 - eps may round to 1.
            return mean / L.Max(L.One - after, L.Broadcast(least));
        }
    }
}
