using System.Numerics;
using Optim.Execution;
using Optim.Trajectories;

namespace Optim;

/// <summary>
/// Tiger, tight-fisted optimizer: <c>m = b m + (1 - b) g; p -= lr (sign(m) + wd p)</c>, with p from before the step.
/// </summary>
/// <remarks>
/// Definition: kozistr's <c>pytorch_optimizer</c>: <see cref="Lion"/> with both betas equal. The original (Su 2023, bojone/tiger, for
/// TensorFlow) also multiplies the rate by each tensor's root mean square and treats biases apart; a rule here does neither. The sign of 0
/// is 0; NaN spreads. Slot: <c>exp_avg</c>.
/// </remarks>
public sealed record Tiger : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b, how much of the mean stays, in [0, 1). Default 0.965.</summary>
    public Schedule Beta { get; init => field = Constraint.UnitInterval.Check(value); } = 0.965;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.01.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    internal static RuleEntry Entry { get; } = new(
        "tiger", "Tiger", "Steps by the sign of the mean gradient, with decoupled decay.",
        () => new Tiger(), 0.001, rate => new Tiger { LearningRate = rate })
    {
        Formula = "m = b m + (1 - b) g\np -= lr (sign(m) + wd p)",
        Paper = "Su 2023, Tiger: A Tight-fisted Optimizer (github.com/bojone/tiger)",
        Definition = "kozistr's pytorch_optimizer. The sign of 0 is 0, the sign of NaN is NaN.",
        Disagreements = "The original multiplies the rate by the root mean square of each tensor, and halves it and drops the decay for biases.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["tiger"] = h => new Tiger { LearningRate = h.LearningRate, Beta = h.Number("beta"), WeightDecay = h.Number("weight_decay") },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Tiger WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta"/>.</summary>
    /// <param name="value">The value.</param>
    public Tiger WithBeta(Schedule value) => this with { Beta = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Tiger WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("exp_avg")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.ApplyAtRate(
            Formula.Then<T, MeanFormula<T>, SignFormula<T>>(new(Constraint.UnitInterval.At(Beta, plan.Clock)), default),
            Constraint.NonNegative.At(LearningRate, plan.Clock),
            Constraint.NonNegative.At(WeightDecay, plan.Clock));
    }
}
