using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Averaged stochastic gradient descent: <c>g += wd p; eta = lr / (1 + lambda lr (t - 1))^power; p -= eta (g + lambda p)</c>; the average
/// <c>a += mu (p - a)</c> with <c>mu = 1 / max(1, t - 1 - t0)</c>, which is p itself until step t0 + 2.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>ASGD</c> (Polyak and Juditsky 1992, in the form of Bottou's sgd). The average is
/// <see cref="OptimizerState{T}.EvaluationParameters"/>; gradients are taken at <see cref="OptimizerState{T}.Parameters"/>. With PyTorch's
/// default of t0, a million steps, averaging hardly ever begins: set <see cref="AveragingStart"/>. Where the rate is a schedule, eta uses
/// its value at the step (PyTorch works eta out at the end of the step before, so that a change acts one step late).
/// An infinite parameter stays infinite whatever lambda pulls, as in PyTorch; with <see cref="WeightDecay"/> it becomes NaN.
/// Slot: <c>ax</c>, the average; before the first step it is the start.
/// </remarks>
public sealed record Asgd : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>lambda, how fast the rate falls, and as much L2 regularisation, 0 or more. Default 0.0001.</summary>
    public Schedule Lambda { get; init => field = Constraint.NonNegative.Check(value); } = 1e-4;

    /// <summary>The power with which the rate falls, PyTorch's alpha, 0 or more. Default 0.75.</summary>
    public Schedule Power { get; init => field = Constraint.NonNegative.Check(value); } = 0.75;

    /// <summary>t0, the number of steps before averaging, 0 or more. Default 1,000,000.</summary>
    public double AveragingStart { get; init => field = Constraint.NonNegative.Check(value); } = 1e6;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "asgd", "ASGD", "Gradient descent and the average of its iterates.",
        () => new Asgd(), 0.3, rate => new Asgd { LearningRate = rate })
    {
        Formula = """
            g = g + wd p
            eta = lr / (1 + lambda lr (t - 1))^power
            p = p - eta (g + lambda p)
            a = a + (p - a) / max(1, t - 1 - t0)
            """,
        Paper = "Polyak and Juditsky 1992, Acceleration of Stochastic Approximation by Averaging",
        Definition = "PyTorch's ASGD, after Bottou's sgd. The average a is the state's EvaluationParameters.",
        Disagreements = "PyTorch works eta out one step ahead, so that a change of the learning rate acts one step late.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["asgd"] = h => new Asgd
            {
                LearningRate = h.LearningRate, Lambda = h.Number("lambd"), Power = h.Number("alpha"), AveragingStart = h.Number("t0"),
                WeightDecay = h.Number("weight_decay"), Maximize = h.Flag("maximize"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Asgd WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Lambda"/>.</summary>
    /// <param name="value">The value.</param>
    public Asgd WithLambda(Schedule value) => this with { Lambda = value };

    /// <summary>A copy with another <see cref="Power"/>.</summary>
    /// <param name="value">The value.</param>
    public Asgd WithPower(Schedule value) => this with { Power = value };

    /// <summary>A copy with another <see cref="AveragingStart"/>.</summary>
    /// <param name="value">The value.</param>
    public Asgd WithAveragingStart(double value) => this with { AveragingStart = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Asgd WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public Asgd WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("ax") { FromParameters = true }];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), lambda = Constraint.NonNegative.At(Lambda, plan.Clock);
        double power = Constraint.NonNegative.At(Power, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        var eta = new ScaleFormula<T>(learningRate / Exact.Power(1 + (lambda * learningRate * plan.Clock), power));
        double count = plan.Clock - AveragingStart;
        bool lambdaAlone = weightDecay == 0 && lambda != 0;
        plan.ApplyGradientTerms(Maximize, lambdaAlone ? 0 : weightDecay + lambda);
        if (lambdaAlone)
        {
            plan.Apply(new FiniteDecayFormula<T>(lambda));
        }

        if (count > 1)
        {
            plan.Apply(Formula.Then<T, ScaleFormula<T>, AveragedIterateFormula<T>>(eta, new(1 / count)));
        }
        else
        {
            plan.Apply(Formula.Then<T, ScaleFormula<T>, LastIterateFormula<T>>(eta, default));
        }
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Slots[0];
    }
}

/// <summary><c>u = g + lambda p</c>, an infinite p counted as the largest number: infinity less infinity would be NaN.</summary>
internal readonly struct FiniteDecayFormula<T>(double decay) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T decay = T.CreateTruncating(decay), largest = Exact.Saturated<T>(double.MaxValue);

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> =>
        L.FusedMultiplyAdd(L.Min(L.Max(parameter, L.Broadcast(-largest)), L.Broadcast(largest)), decay, update);
}

/// <summary>The update as it is; <c>a += mu (p - u - a)</c>.</summary>
internal readonly struct AveragedIterateFormula<T>(double weight) : IFormula<T>
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
        slots.Write(0, L.FusedMultiplyAdd(parameter - update - average, weight, average));
        return update;
    }
}

/// <summary>The update as it is; <c>a = p - u</c>.</summary>
internal readonly struct LastIterateFormula<T> : IFormula<T>
    where T : unmanaged
{
    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        slots.Write(0, parameter - update);
        return update;
    }
}
