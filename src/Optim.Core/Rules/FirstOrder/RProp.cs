namespace Optim;

/// <summary>Steps by the gradient's sign, each element with a size of its own.</summary>
/// <formula>
/// s = sign(g) sign(g_previous)
/// D = min(max(D eta, least), most), eta = eta+ where s &gt; 0, eta- where s &lt; 0, else 1
/// g = 0 where s &lt; 0
/// p = p - sign(g) D
/// g_previous = g
/// </formula>
/// <paper>
/// Riedmiller and Braun 1993, A Direct Adaptive Method for Faster Backpropagation Learning; Igel and Hüsken 2000, Improving the Rprop Learning Algorithm
/// </paper>
/// <definition>PyTorch's Rprop, which is iRprop-: no step is taken back.</definition>
/// <differs>The first paper takes the last step back when the sign changes.</differs>
/// <remarks>
/// After a change of sign the element rests for one step and then moves by the same size whatever its sign. Only signs of gradients are used, so it is for
/// full batches: the noise of small ones lets the sizes shrink. It has no learning rate; <see cref="InitialStepSize"/> stands in its place. A gradient of NaN
/// has no sign: as in PyTorch the element rests and keeps its size, at that step and where the next gradient is compared with it, and then goes on. An
/// infinite gradient is one of its sign. Slots: <c>prev</c>, <c>step_size</c>.
/// </remarks>
[RegisteredRule("rprop", "Rprop", StartingRate = 0.01, IsForFullBatches = true)]
public sealed partial record RProp : Rule
{
    /// <summary>The size of an element's first steps, PyTorch's lr, 0 or more. Default 0.01.</summary>
    [Range(Bounds.NonNegative)] public partial double InitialStepSize { get; init; } = 0.01;

    /// <summary>eta-, what multiplies the size after a change of sign, in [0, 1). Default 0.5.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule EtaMinus { get; init; } = 0.5;

    /// <summary>eta+, what multiplies the size while the sign stays, 1 or more. Default 1.2.</summary>
    [Range(Bounds.AtLeastOne)] public partial Schedule EtaPlus { get; init; } = 1.2;

    /// <summary>The smallest size of a step, 0 or more and not above <see cref="MaxStepSize"/>. Default 1e-6.</summary>
    [Range(Bounds.NonNegative)] public partial double MinStepSize { get; init; } = 1e-6;

    /// <summary>The largest size of a step, more than 0. Default 50.</summary>
    [Range(Bounds.Positive)] public partial double MaxStepSize { get; init; } = 50;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    private static RProp AtRate(Schedule rate) => new RProp { InitialStepSize = rate.At(0) };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("prev"), new("step_size", InitialStepSize)];

    /// <inheritdoc/>
    public override void Validate()
    {
        if (MinStepSize > MaxStepSize)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{nameof(MinStepSize)} must not be above {nameof(MaxStepSize)}, they were {MinStepSize} and {MaxStepSize}."));
        }
    }

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override Composition DeclareComposition() => Composition.Of(Maximize);

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        plan.Apply(new RPropFormula<T>(at.EtaMinus, at.EtaPlus, MinStepSize, MaxStepSize));
    }
}

/// <summary><see cref="RProp"/>'s step. Signs are multiplied, not gradients: a product of small ones would vanish.</summary>
[Formula]
internal readonly partial struct RPropFormula<T>(double etaMinus, double etaPlus, double least, double most)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T etaMinus = T.CreateTruncating(etaMinus), etaPlus = Exact.Saturated<T>(etaPlus);
    private readonly T least = Exact.Saturated<T>(least), most = Exact.Saturated<T>(most);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L prev, ref L step_size)
        where L : struct, ILane<L, T>
    {
        var agreement = L.Sign(update) * L.Sign(prev);
        var eta = L.SelectPositive(agreement, L.Broadcast(etaPlus), L.SelectPositive(-agreement, L.Broadcast(etaMinus), L.One));
        step_size = L.Min(L.Max(step_size * eta, L.Broadcast(least)), L.Broadcast(most));
        prev = L.SelectPositive(-agreement, L.Broadcast(T.Zero), update);

        // Not Sign times step_size: a prev of NaN is no reason to move.
        return L.SelectPositive(prev, step_size, L.SelectPositive(-prev, -step_size, L.Broadcast(T.Zero)));
    }
}
