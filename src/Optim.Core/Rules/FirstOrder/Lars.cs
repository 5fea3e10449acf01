namespace Optim;

/// <summary>Momentum, each tensor's rate in proportion to its norm.</summary>
/// <formula>for each tensor r = trust |p| / (|g| + wd |p| + eps), 1 where a norm is 0; d = r (g + wd p); b = mu b + d; p -= lr b</formula>
/// <paper>You, Gitman, Ginsburg 2017, Large Batch Training of Convolutional Networks</paper>
/// <definition>pytorch-image-models: the ratio inside the momentum, the rate outside; no ratio without weight decay</definition>
/// <differs>The paper has lr inside the momentum too. Without decay others adapt: AlwaysAdapt. LARC: ClipTrust.</differs>
/// <remarks>
/// | | is the Euclidean norm of one tensor. The tensor's ratio enters the momentum and the learning rate multiplies it on application; in the paper both
/// enter it, which is the same while the rate does not change. The ratio is taken only where there is weight decay, or with <see cref="AlwaysAdapt"/>. Others
/// leave <c>wd |p|</c> out of the denominator. Norms are accumulated in double, so that no gradient's square overflows; a norm that is NaN counts as 0, so
/// that the tensor's sound elements go on with ratio 1. Slot: <c>momentum_buffer</c>, only with momentum.
/// </remarks>
[RegisteredRule("lars", "LARS", StartingRate = 1, IsElementwise = false, IsPerTensor = true, ExtraMoves = 2)]
public sealed partial record Lars : Rule
{
    /// <summary>lr, 0 or more. Default 1: the ratio makes the step a fraction of the tensor's norm.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>mu, in [0, 1). Default 0.9. The number 0 keeps no slot.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0.9;

    /// <summary>Taken from each d but the first, in [0, 1). Default 0.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Dampening { get; init; } = 0;

    /// <summary>wd, 0 or more. Default 0.0005.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 5e-4;

    /// <summary>Trust, how far a tensor may move as a fraction of its norm; 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule TrustCoefficient { get; init; } = 1e-3;

    /// <summary>eps, added to the denominator, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>Whether the update looks ahead; needs momentum and no dampening. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Whether a tensor's rate lr r stays at or below lr, as in LARC: r becomes <c>min(r / lr, 1)</c>. Default false.</summary>
    public bool ClipTrust { get; init; }

    /// <summary>Whether the ratio is taken without weight decay too. Default false.</summary>
    public bool AlwaysAdapt { get; init; }

    private Sgd Descent => new() { LearningRate = LearningRate, Momentum = Momentum, Dampening = Dampening, Nesterov = Nesterov };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => Descent.DeclareSlots();

    /// <inheritdoc/>
    public override void Validate() => Descent.Validate();

    /// <inheritdoc/>
    public override bool CountsSteps() => Dampening is not ConstantSchedule { Value: 0 };

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { WhyNoDirection = "it is inside the velocity" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        if (plan.DecayWhereAny(at.WeightDecay) is not 0 and var weightDecay)
        {
            plan.ApplyToTensors(
                0,
                context => context.ThenPerTensor(
                    i => new WideScaleFormula<T>(AlwaysAdapt ? Ratio(context, i, 0) : 1),
                    i => new Fused<T, DecayFormula<T>, WideScaleFormula<T>>(new(weightDecay), new(Ratio(context, i, weightDecay)))),
                mayThrow: false);
        }
        else if (AlwaysAdapt)
        {
            plan.ApplyToTensors(0, context => context.ThenPerTensor(i => new WideScaleFormula<T>(Ratio(context, i, 0))), mayThrow: false);
        }

        Descent.Prepare(plan);

        double Ratio(TensorStepContext<T> context, int tensor, double weightDecay)
        {
            var block = context.Tensor(tensor);
            double p = context.ParameterNorm(block), g = context.UpdateNorm(block);
            double ratio = p > 0 && g > 0 ? at.TrustCoefficient * p / (g + (weightDecay * p) + at.Epsilon) : 1;
            return !ClipTrust ? ratio : ratio >= at.LearningRate ? 1 : ratio / at.LearningRate;
        }
    }
}

[Formula]
internal readonly partial struct WideScaleFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // A power of two near the root of c, and the rest: the first product is exact, so that the bits are those of c g in one.
    private readonly T power, rest;

    public WideScaleFormula(double factor)
    {
        double root = double.IsNormal(factor) ? double.ScaleB(1, Math.ILogB(factor) / 2) : 1;
        power = T.CreateTruncating(root);
        rest = T.CreateTruncating(factor / root);
    }

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update)
        where L : struct, ILane<L, T> => Of(update);

    /// <summary><c>c x</c>.</summary>
    [MethodImpl(AggressiveInlining)]
    public L Of<L>(L x)
        where L : struct, ILane<L, T> => x * power * rest;
}
