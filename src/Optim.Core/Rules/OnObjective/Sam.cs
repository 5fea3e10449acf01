using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Sharpness-aware minimization: an inner rule steps from p with the gradient at the worst point near by, <c>p + e</c> with
/// <c>e = rho g / (|g| + 1e-12)</c>, the norm over all tensors; <see cref="Adaptive"/>: <c>e = rho p^2 g / (|p g| + 1e-12)</c>.
/// </summary>
/// <remarks>
/// Foret, Kleiner, Mobahi and Neyshabur 2021; adaptive (ASAM): Kwon, Kim, Park and Choi 2021, without their eta. As davda54/sam has it.
/// The objective is evaluated a second time in each step, at p + e: <see cref="Optimizer.StepOn"/> or
/// <see cref="Optimizer.Minimize{T}"/>. On batches, both evaluations must be of the same batch. In a chain, rules in front act on the
/// direction of e alone; what is to act on the gradient belongs into <see cref="Wrapper.Inner"/>.
/// Slots: the inner rule's.
/// </remarks>
public sealed record Sam : Wrapper
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
    public Schedule Rho { get; init => field = Constraint.NonNegative.Check(value); } = 0.05;

    /// <summary>Whether the neighbourhood grows with each parameter (ASAM; a rho of 0.5 to 2 is usual then). Default false.</summary>
    public bool Adaptive { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "sam", "SAM", "An inner rule, here SGD with momentum, steps with the gradient at the worst point near by; ASAM by an option.",
        () => new Sam(), 0.1, rate => new Sam { Inner = new Sgd { LearningRate = rate, Momentum = 0.9 } })
    {
        IsElementwise = false,
        NeedsObjective = true,
        IsComputeBound = true,
        Formula = """
            e = rho g / (norm(g) + 1e-12), the norm over all tensors
            (Adaptive: e = rho p^2 g / (norm(p g) + 1e-12))
            p = inner(p, gradient at p + e)
            """,
        Paper = "Foret, Kleiner, Mobahi and Neyshabur 2021, Sharpness-Aware Minimization; Kwon, Kim, Park and Choi 2021, ASAM",
        Definition = "davda54/sam: the norm is over all tensors, 1e-12 is added to it.",
        Disagreements = "ASAM's paper adds eta to |p|; davda54's code and this do not.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["sam"] = h => new Sam { Inner = RuleFamilies.OfName(h.Nested("base")), Rho = h.Number("rho"), Adaptive = h.Flag("adaptive") },
        },
    };

    /// <summary>A copy with another <see cref="Wrapper.Inner"/>.</summary>
    /// <param name="value">The value.</param>
    public Sam WithInner(Rule value) => this with { Inner = value };

    /// <summary>A copy with another <see cref="Rho"/>.</summary>
    /// <param name="value">The value.</param>
    public Sam WithRho(Schedule value) => this with { Rho = value };

    /// <summary>A copy with another <see cref="Adaptive"/>.</summary>
    /// <param name="value">The value.</param>
    public Sam WithAdaptive(bool value) => this with { Adaptive = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var objective = plan.RequireObjective(nameof(Sam));
        double rho = Constraint.NonNegative.At(Rho, plan.Clock);
        if (rho != 0)
        {
            plan.ApplyWhole(0, whole =>
            {
                if (Adaptive)
                {
                    whole.Sweep(new AdaptiveClimbFormula<T>(rho / (Math.Sqrt(whole.Sum(default(SquareOfProduct))) + Guard)));
                }
                else
                {
                    whole.Sweep(new ClimbFormula<T>(rho / (whole.GlobalNorm() + Guard)));
                }

                objective(TensorSet.OfValues(whole.Layout, whole.Update)).Item2.Span.CopyTo(whole.ChangeUpdate());
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
internal readonly struct ClimbFormula<T>(double factor) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T factor = T.CreateTruncating(factor);

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => L.FusedMultiplyAdd(update, factor, parameter);
}

/// <summary>Up the gradient, further where the parameter is large: <c>p + c p^2 g</c>.</summary>
internal readonly struct AdaptiveClimbFormula<T>(double factor) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T factor = T.CreateTruncating(factor);

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => L.FusedMultiplyAdd(parameter * parameter * update, factor, parameter);
}
