using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Rprop: with <c>s = sign(g) sign(g_previous)</c>, <c>D *= eta+</c> where s &gt; 0 and <c>D *= eta-</c> where s &lt; 0, kept within bounds;
/// <c>g = 0</c> where s &lt; 0; <c>p -= sign(g) D; g_previous = g</c>.
/// </summary>
/// <remarks>
/// Definition: PyTorch's <c>Rprop</c>, which is iRprop- (Igel and Hüsken 2000): after a change of sign the element rests for one step and
/// then moves by the same size whatever its sign. (Riedmiller and Braun 1993 take the last step back instead.) Only signs of gradients are used, so it
/// is for full batches: the noise of small ones lets the sizes shrink. It has no learning rate; <see cref="InitialStepSize"/> stands in its place.
/// A gradient of NaN has no sign: as in PyTorch the element rests and keeps its size, at that step and where the next gradient is
/// compared with it, and then goes on. An infinite gradient is one of its sign.
/// Slots: <c>prev</c>, <c>step_size</c>.
/// </remarks>
public sealed record RProp : Rule
{
    /// <summary>The size of an element's first steps, PyTorch's lr, 0 or more. Default 0.01.</summary>
    public double InitialStepSize { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>eta-, what multiplies the size after a change of sign, in [0, 1). Default 0.5.</summary>
    public Schedule EtaMinus { get; init => field = Constraint.UnitInterval.Check(value); } = 0.5;

    /// <summary>eta+, what multiplies the size while the sign stays, 1 or more. Default 1.2.</summary>
    public Schedule EtaPlus { get; init => field = Constraint.AtLeastOne.Check(value); } = 1.2;

    /// <summary>The smallest size of a step, 0 or more and not above <see cref="MaxStepSize"/>. Default 1e-6.</summary>
    public double MinStepSize { get; init => field = Constraint.NonNegative.Check(value); } = 1e-6;

    /// <summary>The largest size of a step, more than 0. Default 50.</summary>
    public double MaxStepSize { get; init => field = Constraint.Positive.Check(value); } = 50;

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "rprop", "Rprop", "Steps by the gradient's sign, each element with a size of its own.",
        () => new RProp(), 0.001, rate => new RProp { InitialStepSize = rate.At(0) })
    {
        IsForFullBatches = true,
        Formula = """
            s = sign(g) sign(g_previous)
            D = min(max(D eta, least), most), eta = eta+ where s > 0, eta- where s < 0, else 1
            g = 0 where s < 0
            p = p - sign(g) D
            g_previous = g
            """,
        Paper = "Riedmiller and Braun 1993, A Direct Adaptive Method for Faster Backpropagation Learning; " +
            "Igel and Hüsken 2000, Improving the Rprop Learning Algorithm",
        Definition = "PyTorch's Rprop, which is iRprop-: no step is taken back.",
        Disagreements = "The first paper takes the last step back when the sign changes.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["rprop"] = h => new RProp
            {
                InitialStepSize = h.Number("lr"), EtaMinus = h.Number("etas", 0), EtaPlus = h.Number("etas", 1),
                MinStepSize = h.Number("step_sizes", 0), MaxStepSize = h.Number("step_sizes", 1), Maximize = h.Flag("maximize"),
            },
        },
    };

    /// <summary>A copy with another <see cref="InitialStepSize"/>.</summary>
    /// <param name="value">The value.</param>
    public RProp WithInitialStepSize(double value) => this with { InitialStepSize = value };

    /// <summary>A copy with another <see cref="EtaMinus"/>.</summary>
    /// <param name="value">The value.</param>
    public RProp WithEtaMinus(Schedule value) => this with { EtaMinus = value };

    /// <summary>A copy with another <see cref="EtaPlus"/>.</summary>
    /// <param name="value">The value.</param>
    public RProp WithEtaPlus(Schedule value) => this with { EtaPlus = value };

    /// <summary>A copy with another <see cref="MinStepSize"/>.</summary>
    /// <param name="value">The value.</param>
    public RProp WithMinStepSize(double value) => this with { MinStepSize = value };

    /// <summary>A copy with another <see cref="MaxStepSize"/>.</summary>
    /// <param name="value">The value.</param>
    public RProp WithMaxStepSize(double value) => this with { MaxStepSize = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public RProp WithMaximize(bool value) => this with { Maximize = value };

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
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        plan.Apply(new RPropFormula<T>(
            Constraint.UnitInterval.At(EtaMinus, plan.Clock), Constraint.AtLeastOne.At(EtaPlus, plan.Clock), MinStepSize, MaxStepSize));
    }
}

/// <summary><see cref="RProp"/>'s step. Signs are multiplied, not gradients: a product of small ones would vanish.</summary>
internal readonly struct RPropFormula<T>(double etaMinus, double etaPlus, double least, double most) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T etaMinus = T.CreateTruncating(etaMinus), etaPlus = Exact.Saturated<T>(etaPlus);
    private readonly T least = Exact.Saturated<T>(least), most = Exact.Saturated<T>(most);

    public static int SlotCount => 2;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var agreement = L.Sign(update) * L.Sign(slots.Read(0));
        var eta = L.SelectPositive(agreement, L.Broadcast(etaPlus), L.SelectPositive(-agreement, L.Broadcast(etaMinus), L.One));
        var size = L.Min(L.Max(slots.Read(1) * eta, L.Broadcast(least)), L.Broadcast(most));
        var gradient = L.SelectPositive(-agreement, L.Broadcast(T.Zero), update);
        slots.Write(0, gradient);
        slots.Write(1, size);

        // Not Sign times size: a gradient of NaN is no reason to move.
        return L.SelectPositive(gradient, size, L.SelectPositive(-gradient, -size, L.Broadcast(T.Zero)));
    }
}
