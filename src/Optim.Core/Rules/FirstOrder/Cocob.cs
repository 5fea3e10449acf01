namespace Optim;

/// <summary>Descent by betting on coins: every element finds its own rate, and there is none to set.</summary>
/// <formula>
/// q = lr (g + wd p)
/// M = max(M, |q|)
/// S = S + |q|
/// R = max(R - q (p - p0), 0)
/// G = G - q
/// p = p0 + G / (M max(S + M, alpha M)) (M + R)
/// </formula>
/// <paper>Orabona and Tommasi 2017, Training Deep Networks without Learning Rates Through Coin Betting</paper>
/// <definition>The author's code (bremen79/parameterfree), COCOB-Backprop.</definition>
/// <differs>The paper has no lr and begins M at 0.</differs>
/// <remarks>
/// The method does not see the gradients' scale, so that <see cref="LearningRate"/> has no effect as long as the gradients are above <see cref="Epsilon"/>: it is there because schedules act on one. The first step is 1 / alpha,
/// whatever the gradient. R takes the parameter from before the step. A parameter is rebuilt at every step, so that alpha as a schedule moves it at a rate of 0 too. Slots, by the author's names: <c>L</c> (M), <c>grad_norm_sum</c> (S), <c>reward</c> (R), <c>sum_negative_gradients</c> (G), <c>x0</c> (p0).
/// </remarks>
[RegisteredRule("cocob", "COCOB", StartingRate = 0.01)]
public sealed partial record Cocob : Rule
{
    /// <summary>lr, a factor on the gradient, 0 or more. Default 1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1;

    /// <summary>alpha, what holds the first steps back, more than 0. Default 100.</summary>
    [Range(Bounds.Positive)] public partial Schedule Alpha { get; init; } = 100;

    /// <summary>eps, M before the first step, more than 0. Default 1e-8.</summary>
    [Range(Bounds.Positive)] public partial double Epsilon { get; init; } = 1e-8;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [new("L", Epsilon), new("grad_norm_sum"), new("reward"), new("sum_negative_gradients"), new("x0") { FromParameters = true }];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { WhyNoDirection = "what it wins is counted from steps that have the rate", RebuildsParameters = true };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        plan.SetParameters(new CocobFormula<T>(at.LearningRate, at.Alpha));
    }
}

[Formula]
internal readonly partial struct CocobFormula<T>(double learningRate, double alpha)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T learningRate = T.CreateTruncating(learningRate), alpha = T.CreateTruncating(alpha);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, L p, ref L largest, ref L grad_norm_sum, ref L reward, ref L sum_negative_gradients, ref L x0)
        where L : struct, ILane<L, T>
    {
        L q = update * learningRate, start = x0;
        L m = L.Max(largest, L.Abs(q)), s = grad_norm_sum + L.Abs(q), r = L.Max(reward - (q * (p - start)), L.Broadcast(T.Zero)), theta = sum_negative_gradients - q;
        largest = m;
        grad_norm_sum = s;
        reward = r;
        sum_negative_gradients = theta;
        x0 = start;
        return L.FusedMultiplyAdd(theta / m, (m + r) / L.Max(s + m, m * alpha), start);
    }
}
