namespace Optim;

/// <summary>AdamW whose rate shrinks for a tensor whose gradient is larger than its second moment knows.</summary>
/// <formula>
/// m, v as Adam, with b (1 - b^(t-1)) / (1 - b^t) in place of both b
/// r = sqrt(mean of g^2 / max(v, eps^2)), for each tensor
/// a = lr / max(1, r)
/// p = (1 - a wd) p - a m / (sqrt(v) + eps)
/// </formula>
/// <paper>Wortsman, Dettmers, Zettlemoyer, Morcos, Farhadi and Schmidt 2023, Stable and low-precision training for large-scale vision-language models</paper>
/// <definition>optimi's StableAdamW: r is taken with the v that has seen the gradient.</definition>
/// <remarks>
/// The betas without bias make m and v Adam's corrected moments. a multiplies the decay as well; with <see cref="FullyDecoupled"/> the decay is <c>a / max_lr wd</c>, so that wd is what is lost at the highest rate. Slots:
/// <c>exp_avg</c>, <c>exp_avg_sq</c>.
/// </remarks>
[RegisteredRule("stable_adamw", "StableAdamW", StartingRate = 0.003, IsElementwise = false, IsPerTensor = true, ExtraMoves = 5)]
public sealed partial record StableAdamW : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.99.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.99;

    /// <summary>eps, 0 or more. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-6;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0.01;

    /// <summary>Whether the decay is relative to the highest learning rate rather than multiplied by the rate. Default false.</summary>
    public bool FullyDecoupled { get; init; }

    /// <summary>
    /// max_lr of <see cref="FullyDecoupled"/>, 0 or more. Default 0: the peak of the learning rate's schedule. A schedule of your own has no peak that could be known: give max_lr with it.
    /// </summary>
    [Range(Bounds.NonNegative)] public partial double BaseLearningRate { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => new ScaleByAdam().DeclareSlots();

    /// <inheritdoc/>
    public override void Validate()
    {
        if (FullyDecoupled && BaseLearningRate == 0 && SchedulePeak.Of(LearningRate) is null)
        {
            throw new ArgumentException(
                $"{nameof(BaseLearningRate)} must be given with a {nameof(LearningRate)} whose peak is not known, {LearningRate}: the rate that {nameof(WeightDecay)} is relative to.");
        }
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double unit = FullyDecoupled ? ((StableAdamW)plan.Rule).Reference : 1;

        // A rate of 0 stands still, whatever it is relative to.
        double decay = at.LearningRate == 0 ? 0 : at.WeightDecay / unit, least = at.Epsilon * at.Epsilon;
        var scalars = new AdamScalars<T>(WithoutBias(at.Beta1, plan.Step), WithoutBias(at.Beta2, plan.Step), at.Epsilon, 1, 1);
        plan.ApplyToTensors(
            2,
            context =>
            {
                context.Sweep(new MomentsFormula<T>(scalars));
                double[] rates = [.. Enumerable.Range(0, context.Layout.Count).Select(i => at.LearningRate / Math.Max(1, Size(context, i, least)))];
                if (decay == 0)
                {
                    context.ThenPerTensor(i => new QuotientFormula<T>(scalars, rates[i]));
                }
                else
                {
                    context.ThenPerTensor(
                        i => new QuotientFormula<T>(scalars, rates[i]),
                        i => Formula.Then<T, QuotientFormula<T>, DecayFormula<T>>(new(scalars, rates[i]), new(rates[i] * decay)));
                }
            },
            mayThrow: false);
    }

    /// <summary>What the decay is relative to.</summary>
    private double Reference => BaseLearningRate == 0 ? SchedulePeak.Of(LearningRate) ?? 0 : BaseLearningRate;

    internal override Rule WithReferencesFixed() => FullyDecoupled ? this with { BaseLearningRate = Reference } : this;

    /// <summary>The decay rate of a mean that is never biased: <c>b (1 - b^(t-1)) / (1 - b^t)</c>.</summary>
    private static double WithoutBias(double beta, long step) => beta * (Exact.OneMinusPower(beta, step - 1) / Exact.OneMinusPower(beta, step));

    private static double Size<T>(TensorStepContext<T> context, int tensor, double least)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var block = context.Tensor(tensor);
        return Math.Sqrt(context.Sum(new ShareOfSquare(least), block.Start, block.Length) / Math.Max(block.Length, 1));
    }

    /// <summary><c>g^2 / max(v, least)</c>, 0 where both are.</summary>
    private readonly struct ShareOfSquare(double least) : ISummand
    {
        private readonly double least = least;

        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L>
        {
            // The quotient first: the square may be infinite where v is.
            L v = L.Max(slots.Read(1), L.Broadcast(least)), quotient = update / L.Sqrt(v);
            return L.SelectPositive(v, quotient * quotient, update * update);
        }
    }

    /// <summary>m and v as Adam's; <c>u = g</c>.</summary>
    [Formula]
    private readonly partial struct MomentsFormula<T>(AdamScalars<T> at)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly AdamScalars<T> at = at;

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_sq)
            where L : struct, ILane<L, T>
        {
            exp_avg = at.Mean(exp_avg, g);
            exp_avg_sq = at.MeanSquare(exp_avg_sq, g);
            return g;
        }
    }

    /// <summary><c>u = a m / (sqrt(v) + eps)</c>.</summary>
    [Formula]
    private readonly partial struct QuotientFormula<T>(AdamScalars<T> at, double rate)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly AdamScalars<T> at = at;
        private readonly T rate = T.CreateTruncating(rate);

        [MethodImpl(AggressiveInlining)]
        private L Apply<L>(L g, ref L exp_avg, ref L exp_avg_sq)
            where L : struct, ILane<L, T>
        {
            L m = exp_avg, v = exp_avg_sq;
            exp_avg = m;
            exp_avg_sq = v;
            return m / at.Root(v) * rate;
        }
    }
}
