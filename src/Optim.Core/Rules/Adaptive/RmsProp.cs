using System.Numerics;
using Optim.Execution;
using Optim.Trajectories;

namespace Optim;

/// <summary>
/// RMSprop: <c>g += wd p; v = a v + (1 - a) g^2; d = g / (sqrt(v) + eps); p -= lr d</c>, or with momentum <c>b = mu b + d; p -= lr b</c>.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>RMSprop</c> (Tieleman and Hinton 2012; centred: Graves 2013). TensorFlow's form is
/// <see cref="EpsilonInsideRoot"/>, <see cref="LearningRateInVelocity"/>, <see cref="InitialAccumulator"/> 1 and <see cref="Alpha"/> 0.9.
/// Slots: <c>square_avg</c>, centred <c>grad_avg</c>, with momentum <c>momentum_buffer</c>. Equals the chain of
/// <see cref="AddDecayedWeights"/>, <see cref="ScaleByRmsProp"/>, <see cref="ScaleByMomentum"/> and <see cref="ScaleByLearningRate"/>.
/// </remarks>
public sealed record RmsProp : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>a, how much of the mean square stays, in [0, 1). Default 0.99 (0.9 in the lecture and some libraries).</summary>
    public Schedule Alpha { get; init => field = Constraint.UnitInterval.Check(value); } = 0.99;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>Whether epsilon is added under the root, as TensorFlow does: <c>sqrt(v + eps)</c>. Default false.</summary>
    public bool EpsilonInsideRoot { get; init; }

    /// <summary>Whether the square of the mean gradient is taken off: the variance in place of the mean square. Default false.</summary>
    public bool Centered { get; init; }

    /// <summary>What v starts from, 0 or more. Default 0 (1 in TensorFlow).</summary>
    public double InitialAccumulator { get; init => field = Constraint.NonNegative.Check(value); }

    /// <summary>mu, in [0, 1). Default 0: no momentum, no slot for it.</summary>
    public Schedule Momentum { get; init => field = Constraint.UnitInterval.Check(value); } = 0;

    /// <summary>wd, 0 or more; L2 regularisation added to the gradient, unless <see cref="DecoupledWeightDecay"/>. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the decay is taken from the parameter itself, <c>p -= lr wd p</c>, and never enters the mean square. Default false.</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>Whether the learning rate enters the momentum, as in TensorFlow: <c>b = mu b + lr d; p -= b</c>. Default false.</summary>
    public bool LearningRateInVelocity { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    private bool HasMomentum => Momentum is not ConstantSchedule { Value: 0 };

    internal static RuleEntry Entry { get; } = new(
        "rmsprop", "RMSprop", "Steps divided by the recent root mean square of gradients.",
        () => new RmsProp(), 0.003, rate => new RmsProp { LearningRate = rate })
    {
        Formula = """
            g += wd p
            v = a v + (1 - a) g^2; centred: m = a m + (1 - a) g
            d = g / (sqrt(v) + eps), centred: sqrt(max(v - m^2, 0)) + eps
            b = mu b + d; p -= lr b
            """,
        Paper = "Tieleman and Hinton 2012, Coursera lecture 6.5; Graves 2013 (centred)",
        Definition = "PyTorch's RMSprop: a = 0.99, v starts at 0, epsilon outside the root; v - m^2 is clamped at 0",
        Disagreements = "TensorFlow: v starts at 1, epsilon inside the root, the learning rate inside the momentum buffer (InitialAccumulator, EpsilonInsideRoot, LearningRateInVelocity). PyTorch 1.13 does not clamp v - m^2 and can reach NaN.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["rmsprop"] = h => Common(h) with { Maximize = h.Flag("maximize") },
            ["rmsprop_tf"] = h => Common(h) with
            {
                EpsilonInsideRoot = true, InitialAccumulator = 1,
                LearningRateInVelocity = h.Flag("lr_in_momentum"), DecoupledWeightDecay = h.Flag("decoupled_decay"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Alpha"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithAlpha(Schedule value) => this with { Alpha = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="EpsilonInsideRoot"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithEpsilonInsideRoot(bool value) => this with { EpsilonInsideRoot = value };

    /// <summary>A copy with another <see cref="Centered"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithCentered(bool value) => this with { Centered = value };

    /// <summary>A copy with another <see cref="InitialAccumulator"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithInitialAccumulator(double value) => this with { InitialAccumulator = value };

    /// <summary>A copy with another <see cref="Momentum"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithMomentum(Schedule value) => this with { Momentum = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="DecoupledWeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithDecoupledWeightDecay(bool value) => this with { DecoupledWeightDecay = value };

    /// <summary>A copy with another <see cref="LearningRateInVelocity"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithLearningRateInVelocity(bool value) => this with { LearningRateInVelocity = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public RmsProp WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots()
    {
        var direction = new ScaleByRmsProp { Centered = Centered, InitialAccumulator = InitialAccumulator }.DeclareSlots();
        return HasMomentum ? [.. direction, new("momentum_buffer")] : direction;
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        var scalars = new RmsPropScalars<T>(
            Constraint.UnitInterval.At(Alpha, plan.Clock), Constraint.NonNegative.At(Epsilon, plan.Clock), EpsilonInsideRoot);
        plan.ApplyGradientTerms(Maximize, DecoupledWeightDecay ? 0 : weightDecay);
        if (Centered)
        {
            ApplyRate(plan, new CenteredRmsPropFormula<T>(scalars), learningRate);
        }
        else
        {
            ApplyRate(plan, new RmsPropFormula<T>(scalars), learningRate);
        }

        if (weightDecay != 0 && DecoupledWeightDecay)
        {
            plan.Apply(new DecayFormula<T>(learningRate * weightDecay));
        }
    }

    private static RmsProp Common(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Alpha = h.Number("alpha"), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
        Momentum = h.Number("momentum"), Centered = h.Flag("centered"),
    };

    private void ApplyRate<T, F>(Plan<T> plan, F direction, double learningRate)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        var rate = new ScaleFormula<T>(learningRate);
        var momentum = new MomentumFormula<T>(Constraint.UnitInterval.At(Momentum, plan.Clock), 0, plan.Step);
        if (!HasMomentum)
        {
            plan.Apply(Formula.Then<T, F, ScaleFormula<T>>(direction, rate));
        }
        else if (LearningRateInVelocity)
        {
            plan.Apply(Formula.Then<T, Fused<T, F, ScaleFormula<T>>, MomentumFormula<T>>(new(direction, rate), momentum));
        }
        else
        {
            plan.Apply(Formula.Then<T, Fused<T, F, MomentumFormula<T>>, ScaleFormula<T>>(new(direction, momentum), rate));
        }
    }
}
