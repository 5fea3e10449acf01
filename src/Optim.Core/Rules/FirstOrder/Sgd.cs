using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Stochastic gradient descent, with momentum, Nesterov and L2: <c>g += wd p; b_1 = g_1, b_t = mu b_(t-1) + (1 - dampening) g_t;
/// d = g + mu b</c> (Nesterov)<c>, b</c> (momentum) <c>or g; p -= lr d</c>.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>SGD</c>. The buffer holds gradients and the learning rate multiplies it on application, so a change of rate
/// acts at once. Two other forms are options: <see cref="LearningRateInVelocity"/> and <see cref="LookAhead"/>.
/// Papers: Robbins and Monro 1951; Polyak 1964; Nesterov 1983; Sutskever, Martens, Dahl and Hinton 2013.
/// Slot: <c>momentum_buffer</c>, only with momentum. Equals the chain of <see cref="AddDecayedWeights"/>, <see cref="ScaleByMomentum"/>
/// and <see cref="ScaleByLearningRate"/>.
/// </remarks>
public sealed record Sgd : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>mu, in [0, 1). Default 0: no momentum, no slot. A schedule that is 0 at some step keeps its slot and its dampening.</summary>
    public Schedule Momentum { get; init => field = Constraint.UnitInterval.Check(value); } = 0;

    /// <summary>Taken from each gradient but the first, in [0, 1). Default 0.</summary>
    public Schedule Dampening { get; init => field = Constraint.UnitInterval.Check(value); } = 0;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the update looks ahead; needs momentum and no dampening. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    /// <summary>
    /// Whether the learning rate enters the velocity, as in most articles: <c>v = mu v + lr g; p -= v</c>, with Nesterov
    /// <c>p -= lr g + mu v</c>. The same as the default while the rate does not change. Default false.
    /// </summary>
    public bool LearningRateInVelocity { get; init; }

    /// <summary>
    /// Whether the parameters are Nesterov's look-ahead point, as the articles write it: the gradient is taken at <c>p - mu v</c>,
    /// then <c>v = mu v + lr g; p -= v</c>. <see cref="OptimizerState{T}.Parameters"/> is the point <c>p - mu v</c> where the next
    /// gradient belongs, <see cref="OptimizerState{T}.EvaluationParameters"/> is p. Needs Nesterov and <see cref="LearningRateInVelocity"/>. Default false.
    /// </summary>
    public bool LookAhead { get; init; }

    private bool HasMomentum => Momentum is not ConstantSchedule { Value: 0 };

    internal static RuleEntry Entry { get; } = new(
        "sgd", "SGD", "Gradient descent, with momentum, Nesterov and L2 as options.",
        () => new Sgd(), 0.3, rate => new Sgd { LearningRate = rate })
    {
        Formula = """
            g <- -g if Maximize; g += wd p
            v = mu v + (1 - dampening) g, with v = g at t = 1
            u = v, or g + mu v with Nesterov; p -= lr u
            """,
        Paper = "Robbins and Monro 1951, A Stochastic Approximation Method; Polyak 1964 (momentum); Nesterov 1983; Sutskever et al. 2013",
        Definition = "PyTorch's SGD: the first buffer is the undampened gradient, and the learning rate is applied outside the velocity",
        Disagreements = "Caffe, TensorFlow and the articles keep the learning rate inside the velocity (LearningRateInVelocity; the two part when the rate changes) and evaluate at the point looked ahead to (LookAhead).",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["sgd"] = h => new Sgd
            {
                LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Dampening = h.Number("dampening"),
                WeightDecay = h.Number("weight_decay"), Nesterov = h.Flag("nesterov"), Maximize = h.Flag("maximize"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgd WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Momentum"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgd WithMomentum(Schedule value) => this with { Momentum = value };

    /// <summary>A copy with another <see cref="Dampening"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgd WithDampening(Schedule value) => this with { Dampening = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgd WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Nesterov"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgd WithNesterov(bool value) => this with { Nesterov = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgd WithMaximize(bool value) => this with { Maximize = value };

    /// <summary>A copy with another <see cref="LearningRateInVelocity"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgd WithLearningRateInVelocity(bool value) => this with { LearningRateInVelocity = value };

    /// <summary>A copy with another <see cref="LookAhead"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgd WithLookAhead(bool value) => this with { LookAhead = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => HasMomentum ? [new("momentum_buffer")] : [];

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Nesterov && (!HasMomentum || Dampening is not ConstantSchedule { Value: 0 }))
        {
            throw new ArgumentException(
                $"{nameof(Nesterov)} needs a {nameof(Momentum)} above 0 and a {nameof(Dampening)} of 0, they were {Momentum} and {Dampening}.");
        }

        if (LookAhead && !(Nesterov && LearningRateInVelocity))
        {
            throw new ArgumentException(
                $"{nameof(LookAhead)} needs {nameof(Nesterov)} and {nameof(LearningRateInVelocity)}, they were {Nesterov} and {LearningRateInVelocity}.");
        }
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), momentum = Constraint.UnitInterval.At(Momentum, plan.Clock);
        double dampening = Constraint.UnitInterval.At(Dampening, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        plan.ApplyGradientTerms(Maximize, weightDecay);
        var rate = new ScaleFormula<T>(learningRate);
        if (!HasMomentum)
        {
            plan.Apply(rate);
        }
        else if (LookAhead)
        {
            double next = Constraint.UnitInterval.At(Momentum, plan.Step, nameof(Momentum));
            plan.Apply(Formula.Then<T, ScaleFormula<T>, LookAheadFormula<T>>(rate, new(momentum, next)));
        }
        else if (Nesterov)
        {
            ApplyMomentum(plan, rate, new NesterovFormula<T>(momentum, dampening, plan.Step));
        }
        else
        {
            ApplyMomentum(plan, rate, new MomentumFormula<T>(momentum, dampening, plan.Step));
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return LookAhead ? state.Parameters + (T.CreateTruncating(state.Value(Momentum)) * state.Slots[0]) : state.Parameters;
    }

    private void ApplyMomentum<T, F>(Plan<T> plan, ScaleFormula<T> rate, F momentum)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IFormula<T>
    {
        if (LearningRateInVelocity)
        {
            plan.Apply(Formula.Then<T, ScaleFormula<T>, F>(rate, momentum));
        }
        else
        {
            plan.Apply(Formula.Then<T, F, ScaleFormula<T>>(momentum, rate));
        }
    }
}

/// <summary>From one look-ahead point to the next: <c>v' = mu v + g; u = v' + mu_next v' - mu v</c>.</summary>
internal readonly struct LookAheadFormula<T>(double momentum, double next) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T momentum = T.CreateTruncating(momentum), next = T.CreateTruncating(next);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var old = slots.Read(0);
        var velocity = L.FusedMultiplyAdd(old, momentum, update);
        slots.Write(0, velocity);
        return L.FusedMultiplyAdd(velocity, next, L.FusedMultiplyAdd(-old, momentum, velocity));
    }
}
