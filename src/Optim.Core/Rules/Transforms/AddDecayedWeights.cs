using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>Adds a fraction of the parameter to the update: <c>u = g + wd p</c>, with p from before the step.</summary>
/// <remarks>
/// In front of a rule it is L2 regularisation (the gradient of wd/2 |p|^2 enters the moments); behind it, and in front of the learning
/// rate, it is decoupled weight decay (Loshchilov and Hutter 2019, as PyTorch's AdamW has it: the decay is multiplied by the learning
/// rate). A decay of exactly 0 is left out, so that it never turns an infinite parameter into NaN.
/// </remarks>
public sealed record AddDecayedWeights : Rule
{
    /// <summary>Sets the decay, 0.01 at first.</summary>
    public AddDecayedWeights()
    {
    }

    /// <summary>Sets the decay.</summary>
    /// <param name="weightDecay">wd; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay is negative or not finite.</exception>
    public AddDecayedWeights(Schedule weightDecay) => WeightDecay = weightDecay;

    /// <summary>wd; 0 or more. Default 0.01.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    internal static RuleEntry Entry { get; } = new(
        "add_decayed_weights", "weight decay", "A fraction of the parameter added to the update.",
        () => new AddDecayedWeights())
    {
        Formula = """
            u = u + wd p
            """,
        Paper = "Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization",
        Definition = "before a rule: L2; behind it and before the learning rate: decoupled",
    };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AddDecayedWeights WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        if (weightDecay != 0)
        {
            plan.Apply(new DecayFormula<T>(weightDecay));
        }
    }
}

/// <summary><c>u = g + wd p</c>.</summary>
internal readonly struct DecayFormula<T>(double weightDecay) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T weightDecay = T.CreateTruncating(weightDecay);

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => L.FusedMultiplyAdd(parameter, weightDecay, update);
}
