using System.Numerics;
using Optim.Execution;
using Optim.Trajectories;

namespace Optim;

/// <summary>
/// Gradient descent with momentum and decoupled weight decay: <c>b_1 = g_1, b_t = mu b_(t-1) + (1 - dampening) g_t;
/// d = g + mu b</c> (Nesterov)<c>, b</c> (momentum) <c>or g; p -= lr (d + wd p)</c>, with p from before the step.
/// </summary>
/// <remarks>
/// Definition: pytorch-image-models' <c>SGDW</c> (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 1): the
/// momentum of <see cref="Sgd"/>, which never sees the decay, and the decay multiplied by the current learning rate. (The paper multiplies
/// it by the schedule's factor alone.) Slot: <c>momentum_buffer</c>, only with momentum. Equals the chain of <see cref="ScaleByMomentum"/>,
/// <see cref="AddDecayedWeights"/> and <see cref="ScaleByLearningRate"/>.
/// </remarks>
public sealed record Sgdw : Rule
{
    /// <summary>lr, 0 or more. Default 0.01.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>mu, in [0, 1). Default 0.9; 0 is no momentum, no slot. A schedule that is 0 at some step keeps its slot and its dampening.</summary>
    public Schedule Momentum { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>Taken from each gradient but the first, in [0, 1). Default 0.</summary>
    public Schedule Dampening { get; init => field = Constraint.UnitInterval.Check(value); } = 0;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.01.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0.01;

    /// <summary>Whether the update looks ahead; needs momentum and no dampening. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Whether the sign of the gradient is turned first, so that the rule ascends. Default false.</summary>
    public bool Maximize { get; init; }

    private bool HasMomentum => Momentum is not ConstantSchedule { Value: 0 };

    internal static RuleEntry Entry { get; } = new(
        "sgdw", "SGDW", "Gradient descent with momentum and decoupled weight decay.",
        () => new Sgdw(), 0.05, rate => new Sgdw { LearningRate = rate })
    {
        Formula = "b = mu b + (1 - dampening) g, at first g\nd = b, or with Nesterov g + mu b\np -= lr (d + wd p)",
        Paper = "Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization",
        Definition = "pytorch-image-models' SGDW: PyTorch's momentum, the decay times the current learning rate.",
        Disagreements = "The paper multiplies the decay by the schedule's factor alone. kozistr's first step with momentum is (1 + mu) g.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["sgdw"] = h => new Sgdw
            {
                LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Dampening = h.Number("dampening"),
                WeightDecay = h.Number("weight_decay"), Nesterov = h.Flag("nesterov"), Maximize = h.Flag("maximize"),
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgdw WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Momentum"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgdw WithMomentum(Schedule value) => this with { Momentum = value };

    /// <summary>A copy with another <see cref="Dampening"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgdw WithDampening(Schedule value) => this with { Dampening = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgdw WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="Nesterov"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgdw WithNesterov(bool value) => this with { Nesterov = value };

    /// <summary>A copy with another <see cref="Maximize"/>.</summary>
    /// <param name="value">The value.</param>
    public Sgdw WithMaximize(bool value) => this with { Maximize = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => HasMomentum ? [new("momentum_buffer")] : [];

    /// <inheritdoc/>
    public override void Validate() => new Sgd { Momentum = Momentum, Dampening = Dampening, Nesterov = Nesterov }.Validate();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), momentum = Constraint.UnitInterval.At(Momentum, plan.Clock);
        double dampening = Constraint.UnitInterval.At(Dampening, plan.Clock), weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        plan.ApplyGradientTerms(Maximize, weightDecay: 0);
        if (!HasMomentum)
        {
            plan.ApplyAtRate(default(PassThrough<T>), learningRate, weightDecay);
        }
        else if (Nesterov)
        {
            plan.ApplyAtRate(new NesterovFormula<T>(momentum, dampening, plan.Step), learningRate, weightDecay);
        }
        else
        {
            plan.ApplyAtRate(new MomentumFormula<T>(momentum, dampening, plan.Step), learningRate, weightDecay);
        }
    }
}
