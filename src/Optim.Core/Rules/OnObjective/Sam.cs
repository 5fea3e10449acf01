namespace Optim;

/// <summary>An inner rule, here SGD with momentum, steps with the gradient at the worst point near by; ASAM by an option.</summary>
/// <formula>
/// e = rho g / (norm(g) + 1e-12), the norm over all tensors
/// (Adaptive: e = rho p^2 g / (norm(p g) + 1e-12))
/// p = inner(p, gradient at p + e)
/// </formula>
/// <paper>Foret, Kleiner, Mobahi and Neyshabur 2021, Sharpness-Aware Minimization; Kwon, Kim, Park and Choi 2021, ASAM</paper>
/// <definition>davda54/sam: the norm is over all tensors, 1e-12 is added to it.</definition>
/// <differs>ASAM's paper adds eta to |p|; davda54's code and this do not.</differs>
/// <remarks>
/// ASAM is without its authors' eta. The objective is evaluated a second time in each step, at p + e: <see cref="Optimizer.StepOn"/> or
/// <see cref="Optimizer.Minimize{T}"/>. On batches, both evaluations must be of the same batch. What is to act on the gradient, clipping say,
/// belongs into <see cref="Wrapper.Inner"/>: in front of it in a chain it is refused, since it would act on the direction of e alone. Slots: the inner rule's.
/// </remarks>
[RegisteredRule("sam", "SAM", StartingRate = 0.1, IsElementwise = false, NeedsObjective = true, IsComputeBound = true)]
public sealed partial record Sam : Wrapper
{
    private const double Guard = 1e-12;

    /// <summary>Around <see cref="Sgd"/> with a momentum of 0.9.</summary>
    public Sam()
        : this(new Sgd { Momentum = 0.9 })
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that steps, a chain perhaps.</param>
    public Sam(Rule inner)
        : base(inner)
    {
    }

    /// <summary>rho, the size of the neighbourhood, 0 or more; at 0 the inner rule is left alone. Default 0.05.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Rho { get; init; } = 0.05;

    /// <summary>Whether the neighbourhood grows with each parameter (ASAM; a rho of 0.5 to 2 is usual then). Default false.</summary>
    public bool Adaptive { get; init; }

    private static Sam AtRate(Schedule rate) => new Sam { Inner = new Sgd { LearningRate = rate, Momentum = 0.9 } };

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new()
    {
        EvaluatesObjective = true, KeepsObjectiveOut = "it would be given a gradient that was taken at another point than the loss; take one of the two",
    };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var objective = plan.RequireObjective(nameof(Sam));
        if (at.Rho != 0)
        {
            plan.ApplyToTensors(0, context =>
            {
                if (Adaptive)
                {
                    context.Sweep(new AdaptiveClimbFormula<T>(at.Rho / (Math.Sqrt(context.Sum(default(SquareOfProduct))) + Guard)));
                }
                else
                {
                    context.Sweep(new ClimbFormula<T>(at.Rho / (context.GlobalNorm() + Guard)));
                }

                objective(TensorSet.OfValues(context.Layout, context.Update)).Item2.Span.CopyTo(context.ChangeUpdate());
            });
        }

        plan.Prepare(Inner);
    }

    private readonly struct SquareOfProduct : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L>
        {
            var product = update * parameter;
            return product * product;
        }
    }
}

/// <summary>Up the gradient: <c>p + c g</c>.</summary>
[Formula]
internal readonly partial struct ClimbFormula<T>(double factor)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T factor = T.CreateTruncating(factor);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, L parameter)
        where L : struct, ILane<L, T> => L.FusedMultiplyAdd(update, factor, parameter);
}

/// <summary>Up the gradient, further where the parameter is large: <c>p + c p^2 g</c>.</summary>
[Formula]
internal readonly partial struct AdaptiveClimbFormula<T>(double factor)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T factor = T.CreateTruncating(factor);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, L parameter)
        where L : struct, ILane<L, T> => L.FusedMultiplyAdd(parameter * parameter * update, factor, parameter);
}
