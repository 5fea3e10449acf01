using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Lion, evolved sign momentum: <c>u = sign(b1 m + (1 - b1) g); m = b2 m + (1 - b2) g; p -= lr (u + wd p)</c>, with p from before the step.
/// </summary>
/// <remarks>
/// Definition: Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2, and lucidrains' <c>lion-pytorch</c>: the sign
/// is of an interpolation with b1 that is not kept, the mean that is kept moves with b2. The sign of 0 is 0, so that an element without
/// gradient or momentum only decays. Every step is as long as the learning rate, which should be 3 to 10 times smaller than AdamW's, the
/// decay as much larger. NaN spreads: the mean and the parameter become NaN (where the sign of NaN is 0, as in PyTorch, the element would
/// freeze unseen). An infinite gradient steps by its sign.
/// Slot: <c>exp_avg</c>.
/// </remarks>
public sealed record Lion : Rule
{
    /// <summary>lr, 0 or more. Default 0.0001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-4;

    /// <summary>b1, how much of the mean enters the sign, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, how much of the mean stays, in [0, 1). Default 0.99.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.99;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>
    /// Whether the elements of u that point against the gradient are left out, and the rest of each tensor is enlarged by one over the
    /// fraction kept, at most 1000 times (Liang et al. 2024, "Cautious Optimizers"; as in pytorch-image-models). The mean is not masked. Default false.
    /// </summary>
    public bool Cautious { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "lion", "Lion", "Steps by the sign of a mean of gradients.",
        () => new Lion(), 0.001, rate => new Lion { LearningRate = rate })
    {
        Formula = "u = sign(b1 m + (1 - b1) g)\nm = b2 m + (1 - b2) g\np -= lr (u + wd p)",
        Paper = "Chen, Liang, Huang, Real, Wang, Liu, Pham, Dong, Luong, Hsieh, Lu and Le 2023, Symbolic Discovery of Optimization Algorithms",
        Definition = "The paper's; lucidrains' lion-pytorch computes the same. The sign of 0 is 0, the sign of NaN is NaN.",
        Disagreements = "PyTorch's sign of NaN is 0, which freezes the element unseen. Cautious masks what points against the gradient (Liang et al. 2024).",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["lion"] = Common,
            ["lion_cautious/cautious"] = h => Common(h) with { Cautious = h.Flag("caution"), Maximize = h.Flag("maximize") },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Lion WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Lion WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Lion WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Lion WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Cautious"/>.</summary>
    /// <param name="value">The value.</param>
    public Lion WithCautious(bool value) => this with { Cautious = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public Lion WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        var direction = new LionFormula<T>(Constraint.UnitInterval.At(Beta1, plan.Clock), Constraint.UnitInterval.At(Beta2, plan.Clock));
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        if (Cautious)
        {
            plan.ApplyCautiously(direction, learningRate, weightDecay);
        }
        else
        {
            plan.ApplyAtRate(direction, learningRate, weightDecay);
        }
    }

    private static Lion Common(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), WeightDecay = h.Number("weight_decay"),
    };
}

/// <summary><c>u = sign(b1 m + (1 - b1) g); m = b2 m + (1 - b2) g</c>.</summary>
internal readonly struct LionFormula<T>(double beta1, double beta2) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1);
    private readonly T beta2 = T.CreateTruncating(beta2), gain2 = T.CreateTruncating(1 - beta2);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = slots.Read(0);
        slots.Write(0, L.FusedMultiplyAdd(m, beta2, update * gain2));
        return L.Sign(L.FusedMultiplyAdd(m, beta1, update * gain1));
    }
}
