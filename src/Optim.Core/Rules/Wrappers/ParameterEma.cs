using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// An exponential moving average of the parameters that an inner rule moves: after each of its steps <c>ema = d ema + (1 - d) p</c>.
/// The average is what a model is evaluated with; the parameters themselves are the inner rule's to the bit.
/// </summary>
/// <remarks>
/// Polyak and Juditsky 1992 average; with forgetting, as common in deep learning, TensorFlow's <c>ExponentialMovingAverage</c>, timm's <c>ModelEma</c> and
/// PyTorch's <c>get_ema_multi_avg_fn</c>: the average begins as the parameters. It is computed as <c>ema + (1 - d) (p - ema)</c>, so that what does not move stays exactly.
/// A rate d of 1 leaves the average alone. What is not a parameter, running statistics of a batch normalisation say, is the model's own affair.
/// Slots: the inner rule's, then <c>ema</c>, which is <see cref="OptimizerState{T}.EvaluationParameters"/> whatever the inner rule would evaluate.
/// A parameter that is not finite makes its average so for good.
/// </remarks>
public sealed record ParameterEma : Wrapper
{
    /// <summary>Around <see cref="Adam"/> with its defaults.</summary>
    public ParameterEma()
        : this(new Adam())
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that moves the parameters, a chain perhaps.</param>
    public ParameterEma(Rule inner)
        : base(inner)
    {
    }

    /// <summary>d, how much of the average stays at each step, in [0, 1]: it looks back over some 1 / (1 - d) steps. Default 0.999.</summary>
    public Schedule Decay { get; init => field = Constraint.Fraction.Check(value); } = 0.999;

    /// <summary>Whether d is <c>min(d, (1 + t) / (10 + t))</c> at step t, from 1, so that the start is soon forgotten. Default false.</summary>
    public bool DecayWarmup { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "parameter_ema", "EMA of parameters", "An exponential moving average of the parameters of an inner rule, here Adam, to evaluate with.",
        () => new ParameterEma())
    {
        IsWrapper = true,
        Formula = """
            p = inner(p, g)
            ema = d ema + (1 - d) p
            (DecayWarmup: d = min(d, (1 + t) / (10 + t)))
            """,
        Paper = "Polyak and Juditsky 1992, Acceleration of Stochastic Approximation by Averaging",
        Definition = "TensorFlow's ExponentialMovingAverage, DecayWarmup its num_updates; the average begins as the parameters.",
        Disagreements = "timm's ModelEmaV3 warms up by another form, 1 - (1 + t)^(-2/3): a schedule of Decay.",
    };

    /// <summary>A copy with another <see cref="Wrapper.Inner"/>.</summary>
    /// <param name="value">The value.</param>
    public ParameterEma WithInner(Rule value) => this with { Inner = value };

    /// <summary>A copy with another <see cref="Decay"/>.</summary>
    /// <param name="value">The value.</param>
    public ParameterEma WithDecay(Schedule value) => this with { Decay = value };

    /// <summary>A copy with another <see cref="DecayWarmup"/>.</summary>
    /// <param name="value">The value.</param>
    public ParameterEma WithDecayWarmup(bool value) => this with { DecayWarmup = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double decay = Constraint.Fraction.At(Decay, plan.Clock);
        if (DecayWarmup)
        {
            // In double: t + 10 would overflow at the last steps there are.
            decay = Math.Min(decay, ((double)plan.Step + 1) / ((double)plan.Step + 10));
        }

        plan.Prepare(Inner);
        switch (decay)
        {
            case 0: plan.Relocate(default(KeepFastFormula<T>)); break;
            case 1: plan.LeaveSlots(1); break;
            default: plan.Relocate(new TrackFormula<T>(1 - decay)); break;
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Slots[^1];
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<SlotDeclaration> DeclareOwnSlots() => [new("ema") { FromParameters = true }];
}

/// <summary>From the new parameter: <c>average += weight (x - average)</c>; the parameter stays.</summary>
internal readonly struct TrackFormula<T>(double weight) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T weight = T.CreateTruncating(weight);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var average = slots.Read(0);
        slots.Write(0, L.FusedMultiplyAdd(update - average, weight, average));
        return update;
    }
}
