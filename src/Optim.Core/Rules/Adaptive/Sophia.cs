namespace Optim;

/// <summary>The mean divided by the Hessian's diagonal, clipped.</summary>
/// <formula>
/// h = b2 h + (1 - b2) d, where d is given
/// m = b1 m + (1 - b1) g
/// p -= lr (clip(m / (rho h + eps), -1, 1) + wd p)
/// </formula>
/// <paper>Liu, Li, Hall, Liang and Ma 2023, Sophia: A Scalable Stochastic Second-order Optimizer for Language Model Pre-training</paper>
/// <definition>The authors' Sophia-G, with the estimate d = B q^2 as an input.</definition>
/// <differs>The authors' code keeps the mean of q^2 and multiplies by the batch size B at each use. The paper divides by max(rho h, eps).</differs>
/// <remarks>
/// The estimate of the curvature is an input: <c>Step(state, gradient, hessianDiagonal: d)</c>, every 10 steps or so, and without it h rests. For Sophia-G d
/// is <c>B q^2</c>, with q the mean gradient of B samples whose labels are drawn from the model (Gauss, Newton, Bartlett); for Sophia-H <c>z (H z)</c> with z
/// random signs (Hutchinson). The authors' code keeps the mean of <c>q^2</c> and multiplies by B at each use. A negative h counts as 0. Until the first
/// estimate h is 0 and every step a sign. The paper writes <c>max(rho h, eps)</c>, and gamma for rho. Slots: <c>exp_avg</c>, <c>hessian</c>.
/// </remarks>
[RegisteredRule("sophia", "Sophia", StartingRate = 0.001)]
public sealed partial record Sophia : Rule
{
    /// <summary>lr, 0 or more. Default 0.0001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-4;

    /// <summary>b1, in [0, 1). Default 0.965.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.965;

    /// <summary>b2, how much of h stays when an estimate comes, in [0, 1). Default 0.99.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.99;

    /// <summary>rho, 0 or more: the smaller, the more elements are clipped. Default 0.04.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Rho { get; init; } = 0.04;

    /// <summary>eps, 0 or more. Default 1e-15.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-15;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0.1;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends; the estimate d stays as it is. Default false.</summary>
    public bool Maximize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => SophiaFormula.Slots;

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var mean = new MeanFormula<T>(at.Beta2);
        var direction = new SophiaFormula<T>(at.Beta1, at.Rho, at.Epsilon);
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        if (plan.HessianDiagonal is not { } diagonal)
        {
            plan.ApplyAtRate(direction, at.LearningRate, at.WeightDecay);
            return;
        }

        plan.ApplyToTensors(
            SophiaFormula<T>.SlotCount,
            context =>
            {
                context.Absorb(mean, diagonal, firstSlot: 1);
                context.Then(direction);
            },
            mayThrow: false);
        plan.ApplyAtRate(default(PassThrough<T>), at.LearningRate, at.WeightDecay);
    }
}

[Formula]
internal readonly partial struct SophiaFormula<T>(double beta1, double rho, double epsilon)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta1 = T.CreateTruncating(beta1), gain1 = T.CreateTruncating(1 - beta1);
    private readonly T rho = T.CreateTruncating(rho), epsilon = T.CreateTruncating(epsilon);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L exp_avg, ref L hessian)
        where L : struct, ILane<L, T>
    {
        exp_avg = L.FusedMultiplyAdd(exp_avg, beta1, update * gain1);
        var ratio = exp_avg / L.FusedMultiplyAdd(L.Max(hessian, L.Broadcast(T.Zero)), rho, L.Broadcast(epsilon));
        return L.Max(L.Min(ratio, L.One), -L.One);
    }
}
