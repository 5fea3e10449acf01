using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Schedule-Free AdamW: <c>v = b2 v + (1 - b2) g^2; z -= lr (g / (sqrt(v / (1 - b2^t)) + eps) + wd y); x = (1 - c) x + c z;
/// y = b1 x + (1 - b1) z</c>, with g taken at y and c as in <see cref="ScheduleFreeSgd"/>.
/// </summary>
/// <remarks>
/// Defazio, Yang, Khaled, Mishchenko, Mehta and Cutkosky 2024, The Road Less Scheduled, as the authors' code has it. The paper multiplies
/// the learning rate by <c>sqrt(1 - b2^t)</c> instead of correcting v, so that it enters the weights of the average; the code does not.
/// There is no first moment: the interpolation with b1 takes its place.
/// <see cref="OptimizerState{T}.Parameters"/> is y, where gradients belong; <see cref="OptimizerState{T}.EvaluationParameters"/> is x, which
/// follows from y and z and needs no memory. Change b1 by a schedule, not by another rule: x would be taken from y with the wrong one.
/// Slots: <c>exp_avg_sq</c>, <c>z</c>. Scalars: <c>weight_sum</c>, <c>lr_max</c>.
/// </remarks>
public sealed record ScheduleFreeAdamW : Rule
{
    /// <summary>lr, 0 or more. Default 0.0025.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 0.0025;

    /// <summary>b1, how near y is to x, in (0, 1]. Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.PositiveFraction.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, decoupled weight decay at y, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>r, the power of the step's number in its weight in the average, 0 or more. Default 0.</summary>
    public double WeightStepPower { get; init => field = Constraint.NonNegative.Check(value); }

    /// <summary>The power of the largest learning rate so far in a step's weight, 0 or more: less weight while warming up. Default 2.</summary>
    public double WeightLearningRatePower { get; init => field = Constraint.NonNegative.Check(value); } = 2;

    internal static RuleEntry Entry { get; } = new(
        "schedulefree_adamw", "Schedule-Free AdamW", "AdamW with an average in place of its first moment and of a decaying learning rate.",
        () => new ScheduleFreeAdamW(), 0.01, rate => new ScheduleFreeAdamW { LearningRate = rate })
    {
        Formula = """
            v = b2 v + (1 - b2) g^2
            lr_max = max(lr_max, lr)
            w = t^r lr_max^power
            c = w / sum of w so far
            z = z - lr (g / (sqrt(v / (1 - b2^t)) + eps) + wd p)
            x = (1 - c) x + c z
            p = b1 x + (1 - b1) z
            """,
        Paper = "Defazio, Yang, Khaled, Mishchenko, Mehta and Cutkosky 2024, The Road Less Scheduled",
        Definition = "The authors' code (facebookresearch/schedule_free); warming up is left to the schedule of the learning rate.",
        Disagreements = "The paper multiplies the learning rate by sqrt(1 - b2^t), weights included, instead of correcting v.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["schedulefree_adamw"] = h => new ScheduleFreeAdamW
            {
                LearningRate = ScheduleFreeSgd.WarmedUp(h), Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), WeightStepPower = h.Number("r"), WeightLearningRatePower = h.Number("weight_lr_power"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public ScheduleFreeAdamW WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public ScheduleFreeAdamW WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public ScheduleFreeAdamW WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public ScheduleFreeAdamW WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public ScheduleFreeAdamW WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="WeightStepPower"/>.</summary>
    /// <param name="value">The value.</param>
    public ScheduleFreeAdamW WithWeightStepPower(double value) => this with { WeightStepPower = value };

    /// <summary>A copy with another <see cref="WeightLearningRatePower"/>.</summary>
    /// <param name="value">The value.</param>
    public ScheduleFreeAdamW WithWeightLearningRatePower(double value) => this with { WeightLearningRatePower = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg_sq"), new("z") { FromParameters = true }];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => ScheduleFree.Scalars;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), momentum = Constraint.PositiveFraction.At(Beta1, plan.Clock);
        plan.Apply(new RootMeanSquareFormula<T>(AdamScalars<T>.At(plan.Clock, 0, Beta2, Epsilon)));
        plan.ApplyGradientTerms(maximize: false, Constraint.NonNegative.At(WeightDecay, plan.Clock));
        plan.PlaceScheduleFree(learningRate, momentum, Beta1, WeightStepPower, WeightLearningRatePower);
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return ScheduleFree.Average(state.Parameters, state.Slots, Beta1, state.Step);
    }
}

/// <summary><c>v = b2 v + (1 - b2) g^2; u = g / (sqrt(v / (1 - b2^t)) + eps)</c>: Adam without its first moment.</summary>
internal readonly struct RootMeanSquareFormula<T>(AdamScalars<T> at) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AdamScalars<T> at = at;

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var v = at.MeanSquare(slots.Read(0), update);
        slots.Write(0, v);
        return at.Direction(update, v);
    }
}
