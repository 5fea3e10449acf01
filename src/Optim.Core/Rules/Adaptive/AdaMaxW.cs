namespace Optim;

/// <summary>AdaMax with decoupled weight decay.</summary>
/// <formula>
/// m = b1 m + (1 - b1) g
/// u = max(b2 u, |g| + eps)
/// p = p - lr (m / (1 - b1^t) / u + wd p)
/// </formula>
/// <paper>Kingma and Ba 2015, Adam (algorithm 2); Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization</paper>
/// <definition>Optax's adamaxw; the decay on all parameters, its default.</definition>
/// <differs>PyTorch's Adamax after p *= 1 - lr wd computes the same.</differs>
/// <remarks><see cref="AdaMax"/> apart from the decay. Slots: <c>exp_avg</c>, <c>exp_inf</c>.</remarks>
[RegisteredRule("adamaxw", "AdaMaxW", StartingRate = 0.03)]
public sealed partial record AdaMaxW : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, how much of the largest magnitude stays, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, added to the gradient's magnitude, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.0001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 1e-4;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => AdaMaxFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyAtRate(new AdaMaxFormula<T>(at.Beta1, at.Beta2, at.Epsilon, plan.Step), at.LearningRate, at.WeightDecay);
    }
}
