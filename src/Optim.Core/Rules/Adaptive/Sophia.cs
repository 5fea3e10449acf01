using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Sophia, a clipped second-order step: <c>h = b2 h + (1 - b2) d</c> at steps that are given an estimate d of the Hessian's diagonal;
/// <c>m = b1 m + (1 - b1) g; p -= lr (clip(m / (rho h + eps), -1, 1) + wd p)</c>, with p from before the step.
/// </summary>
/// <remarks>
/// Definition: the authors' Sophia-G (Liu, Li, Hall, Liang and Ma 2023, "Sophia: A Scalable Stochastic Second-order Optimizer for Language
/// Model Pre-training"), but that the estimate is an input: <c>Step(state, gradient, hessianDiagonal: d)</c>, every 10 steps or so, and
/// without it h rests. For Sophia-G d is <c>B q^2</c>, with q the mean gradient of B samples whose labels are drawn from the model (Gauss,
/// Newton, Bartlett); for Sophia-H <c>z (H z)</c> with z random signs (Hutchinson). The authors' code keeps the mean of <c>q^2</c> and
/// multiplies by B at each use. A negative h counts as 0. Until the first estimate h is 0 and every step a sign. The paper writes
/// <c>max(rho h, eps)</c>, and gamma for rho. Slots: <c>exp_avg</c>, <c>hessian</c>.
/// </remarks>
public sealed record Sophia : Rule
{
    /// <summary>lr, 0 or more. Default 0.0001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-4;

    /// <summary>b1, in [0, 1). Default 0.965.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.965;

    /// <summary>b2, how much of h stays when an estimate comes, in [0, 1). Default 0.99.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.99;

    /// <summary>rho, 0 or more: the smaller, the more elements are clipped. Default 0.04.</summary>
    public Schedule Rho { get; init => field = Constraint.NonNegative.Check(value); } = 0.04;

    /// <summary>eps, 0 or more. Default 1e-15.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-15;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.1.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0.1;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends; the estimate d stays as it is. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "sophia", "Sophia", "The mean divided by the Hessian's diagonal, clipped.",
        () => new Sophia(), 0.0005, rate => new Sophia { LearningRate = rate })
    {
        Formula = "h = b2 h + (1 - b2) d, where d is given\nm = b1 m + (1 - b1) g\np -= lr (clip(m / (rho h + eps), -1, 1) + wd p)",
        Paper = "Liu, Li, Hall, Liang and Ma 2023, Sophia: A Scalable Stochastic Second-order Optimizer for Language Model Pre-training",
        Definition = "The authors' Sophia-G, with the estimate d = B q^2 as an input.",
        Disagreements = "The authors' code keeps the mean of q^2 and multiplies by the batch size B at each use. The paper divides by max(rho h, eps).",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["sophia_g"] = h =>
            {
                // The replay multiplies the recorded estimates by it.
                _ = h.Number("bs");
                return new Sophia
                {
                    LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Rho = h.Number("rho"),
                    WeightDecay = h.Number("weight_decay"), Maximize = h.Flag("maximize"),
                };
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Sophia WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Sophia WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Sophia WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Rho"/>.</summary>
    /// <param name="value">The value.</param>
    public Sophia WithRho(Schedule value) => this with { Rho = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Sophia WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Sophia WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public Sophia WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg"), new("hessian")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        var mean = new MeanFormula<T>(Constraint.UnitInterval.At(Beta2, plan.Clock));
        var direction = new SophiaFormula<T>(
            Constraint.UnitInterval.At(Beta1, plan.Clock), Constraint.NonNegative.At(Rho, plan.Clock), Constraint.NonNegative.At(Epsilon, plan.Clock));
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        if (plan.HessianDiagonal is not { } diagonal)
        {
            plan.ApplyAtRate(direction, learningRate, weightDecay);
            return;
        }

        plan.ApplyWhole(
            SophiaFormula<T>.SlotCount,
            whole =>
            {
                whole.Absorb(mean, diagonal, firstSlot: 1);
                whole.Then(direction);
            },
            mayThrow: false);
        plan.ApplyAtRate(default(PassThrough<T>), learningRate, weightDecay);
    }
}

/// <summary><c>m = b1 m + (1 - b1) g; u = clip(m / (rho max(h, 0) + eps), -1, 1)</c>; h stays.</summary>
internal readonly struct SophiaFormula<T>(double beta1, double rho, double epsilon) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1);
    private readonly T rho = T.CreateTruncating(rho), epsilon = T.CreateTruncating(epsilon);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var m = L.FusedMultiplyAdd(slots.Read(0), beta1, update * gain1);
        var h = slots.Read(1);
        slots.Write(0, m);
        slots.Write(1, h);
        var ratio = m / L.FusedMultiplyAdd(L.Max(h, L.Broadcast(T.Zero)), rho, L.Broadcast(epsilon));
        return L.Max(L.Min(ratio, L.One), -L.One);
    }
}
