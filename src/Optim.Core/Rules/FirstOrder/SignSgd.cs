using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Signum, and signSGD where the momentum is 0: <c>g += wd p; m = mu m + (1 - mu) g; p -= lr sign(m)</c>.
/// </summary>
/// <remarks>
/// Definition: kozistr's <c>pytorch_optimizer</c> (Bernstein, Wang, Azizzadenesheli and Anandkumar 2018, "signSGD: Compressed Optimisation
/// for Non-Convex Problems"). The weight decay is L2: it enters the mean; <see cref="Tiger"/> decouples it. The sign of 0 is 0; NaN spreads
/// into the mean and the parameter. Slot: <c>momentum_buffer</c>, only with momentum.
/// </remarks>
public sealed record SignSgd : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>mu, how much of the mean stays, in [0, 1). Default 0.9; 0 is signSGD, without a slot. A schedule that is 0 at some step keeps its slot.</summary>
    public Schedule Momentum { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    private bool HasMomentum => Momentum is not ConstantSchedule { Value: 0 };

    internal static RuleEntry Entry { get; } = new(
        "sign_sgd", "Signum", "Steps by the sign of the mean gradient; signSGD without momentum.",
        () => new SignSgd(), 0.001, rate => new SignSgd { LearningRate = rate })
    {
        Formula = "g += wd p\nm = mu m + (1 - mu) g\np -= lr sign(m)",
        Paper = "Bernstein, Wang, Azizzadenesheli and Anandkumar 2018, signSGD: Compressed Optimisation for Non-Convex Problems",
        Definition = "kozistr's pytorch_optimizer. The sign of 0 is 0, the sign of NaN is NaN.",
        Disagreements = "A momentum that adds the whole gradient (mu m + g) has the same signs while mu is constant, but other numbers in the slot.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["sign_sgd"] = h => new SignSgd { LearningRate = h.LearningRate, Momentum = h.Number("momentum"), WeightDecay = h.Number("weight_decay") },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public SignSgd WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Momentum"/>.</summary>
    /// <param name="value">The value.</param>
    public SignSgd WithMomentum(Schedule value) => this with { Momentum = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public SignSgd WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => HasMomentum ? [new("momentum_buffer")] : [];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double momentum = Constraint.UnitInterval.At(Momentum, plan.Clock);
        var step = Formula.Then<T, SignFormula<T>, ScaleFormula<T>>(default, new(Constraint.NonNegative.At(LearningRate, plan.Clock)));
        plan.ApplyGradientTerms(maximize: false, Constraint.NonNegative.At(WeightDecay, plan.Clock));
        if (HasMomentum)
        {
            plan.Apply(Formula.Then<T, MeanFormula<T>, Fused<T, SignFormula<T>, ScaleFormula<T>>>(new(momentum), step));
        }
        else
        {
            plan.Apply(step);
        }
    }
}

/// <summary><c>m = b m + (1 - b) g; u = m</c>.</summary>
internal readonly struct MeanFormula<T>(double beta) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta = T.CreateTruncating(beta), gain = T.CreateTruncating(1 - beta);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var mean = L.FusedMultiplyAdd(slots.Read(0), beta, update * gain);
        slots.Write(0, mean);
        return mean;
    }
}

/// <summary><c>u = sign(g)</c>: -1, 0 or 1, NaN for NaN.</summary>
internal readonly struct SignFormula<T> : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => L.Sign(update);
}
