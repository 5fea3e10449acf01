namespace Optim;

/// <summary>Gradient descent that takes the next gradient to change as this one did: for games, where plain descent circles.</summary>
/// <formula>
/// p = p - lr (alpha g + o (g - g_before)); at the first step g_before = g
/// </formula>
/// <paper>Mokhtari, Ozdaglar and Pattathil 2019, A Unified Analysis of Extra-gradient and Optimistic Gradient Methods for Saddle Point Problems</paper>
/// <definition>Optax's: the first step is lr alpha g.</definition>
/// <differs>Optax writes (alpha + beta) g - beta g_before. Its earlier versions took g_before to be 0 at first.</differs>
/// <remarks>Slot: <c>previous_grad</c>.</remarks>
[RegisteredRule("optimistic_gradient_descent", "Optimistic GD", StartingRate = 0.3)]
public sealed partial record OptimisticGradientDescent : Rule
{
    /// <summary>lr, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.1;

    /// <summary>alpha, the weight of the gradient, 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Alpha { get; init; } = 1;

    /// <summary>o, the weight of the gradient's change, Optax's beta; 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Optimism { get; init; } = 1;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => OptimisticFormula.Slots;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.Apply(new OptimisticFormula<T>(at.LearningRate * at.Alpha, plan.Step == 1 ? 0 : at.LearningRate * at.Optimism));
    }
}

/// <summary><c>u = a d + o (d - d_before)</c>; where o is 0, d_before is not looked at.</summary>
[Formula]
internal readonly partial struct OptimisticFormula<T>(double alpha, double optimism)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T alpha = T.CreateTruncating(alpha), optimism = T.CreateTruncating(optimism);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L d, ref L previous_grad)
        where L : struct, ILane<L, T>
    {
        var before = previous_grad;
        previous_grad = d;
        return optimism == T.Zero ? d * alpha : L.FusedMultiplyAdd(d - before, optimism, d * alpha);
    }
}
