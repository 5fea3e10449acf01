using System.Numerics;
using Optim.Execution;
using Optim.Trajectories;

namespace Optim;

/// <summary>AdaGrad: <c>g += wd p; s += g^2; p -= lr / (1 + (t - 1) lrd) g / (sqrt(s) + eps)</c>.</summary>
/// <remarks>
/// Definition: PyTorch's <c>Adagrad</c> (Duchi, Hazan and Singer 2011, diagonal form, epsilon as their delta outside the root).
/// Slot: <c>sum</c>. Equals the chain of <see cref="AddDecayedWeights"/>, <see cref="ScaleByAdaGrad"/> and <see cref="ScaleByLearningRate"/>.
/// </remarks>
public sealed record AdaGrad : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>lrd, how fast the learning rate falls with the steps, 0 or more. Default 0.</summary>
    public Schedule LearningRateDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>wd, L2 regularisation added to the gradient, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>eps, 0 or more. Default 1e-10.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-10;

    /// <summary>What s starts from, 0 or more. Default 0 (0.1 in some libraries).</summary>
    public double InitialAccumulator { get; init => field = Constraint.NonNegative.Check(value); }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "adagrad", "AdaGrad", "Steps that shrink with the sum of squared gradients.",
        () => new AdaGrad(), 0.05, rate => new AdaGrad { LearningRate = rate })
    {
        Formula = """
            g += wd p
            s += g^2, from InitialAccumulator
            p -= lr / (1 + (t - 1) decay) g / (sqrt(s) + eps)
            """,
        Paper = "Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
        Definition = "PyTorch's Adagrad: the accumulator starts at 0, epsilon is outside the root",
        Disagreements = "TensorFlow starts the accumulator at 0.1 (InitialAccumulator).",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adagrad"] = h => new AdaGrad
            {
                LearningRate = h.LearningRate, LearningRateDecay = h.Number("lr_decay"), WeightDecay = h.Number("weight_decay"),
                InitialAccumulator = h.Number("initial_accumulator_value"), Epsilon = h.Number("eps"), Maximize = h.Flag("maximize"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaGrad WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="LearningRateDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaGrad WithLearningRateDecay(Schedule value) => this with { LearningRateDecay = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaGrad WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaGrad WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="InitialAccumulator"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaGrad WithInitialAccumulator(double value) => this with { InitialAccumulator = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public AdaGrad WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => [new("sum", InitialAccumulator)];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        double fall = Constraint.NonNegative.At(LearningRateDecay, plan.Clock), epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        plan.ApplyGradientTerms(Maximize, weightDecay);
        plan.Apply(Formula.Then<T, AdaGradFormula<T>, ScaleFormula<T>>(new(epsilon), new(learningRate / (1 + (plan.Clock * fall)))));
    }
}
