using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Adam-mini, Adam with one second moment for each block of elements: <c>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) mean(g^2)</c>, the mean over the block;
/// <c>p -= lr ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + wd p)</c>, with p from before the step.
/// </summary>
/// <remarks>
/// Paper: Zhang, Chen, Li, Ding, Wu, Kingma, Ye, Luo and Sun 2024; half of Adam's memory. Definition: the authors' Adam-mini 1.1.1, which
/// chooses the blocks of transformers by the names of their parameters; here a block is a slice of a tensor along its first axis (a row of a weight matrix: an
/// output neuron), or with <see cref="PerTensor"/> a whole tensor. Vectors are one block. Slots: <c>vmean_root</c>, sqrt(v), one element a block (the source keeps
/// its square <c>vmean</c>, which float could not hold for gradients beyond 1e19); <c>m</c>.
/// </remarks>
public sealed record AdamMini : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>Whether a block is a whole tensor rather than a slice of it. Default false.</summary>
    public bool PerTensor { get; init; }

    private int LeastRank => PerTensor ? int.MaxValue : 2;

    internal static RuleEntry Entry { get; } = new(
        "adam_mini", "Adam-mini", "Adam with one second moment for each row.",
        () => new AdamMini(), 0.005, rate => new AdamMini { LearningRate = rate })
    {
        IsElementwise = false,
        IsPerTensor = true,
        ExtraMoves = 1,
        Formula = "m as Adam; for each block v = b2 v + (1 - b2) mean(g^2); p -= lr ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + wd p)",
        Paper = "Zhang, Chen, Li, Ding, Wu, Kingma, Ye, Luo, Sun 2024, Adam-mini: Use Fewer Learning Rates To Gain More",
        Definition = "the authors' version 1.1.1, the block a row of a matrix (its output neurons)",
        Disagreements = "The authors choose blocks by the parameters' names (heads, neurons, tokens, tensors). A block for each tensor: PerTensor.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["adam_mini"] = h => new AdamMini
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), PerTensor = h.Text("partition") switch
                {
                    "tensor" => true,
                    "row" => false,
                    var other => throw new FormatException($"Hyperparameter 'partition' must be tensor or row, was {other}."),
                },
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamMini WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamMini WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamMini WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamMini WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamMini WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="PerTensor"/>.</summary>
    /// <param name="value">The value.</param>
    public AdamMini WithPerTensor(bool value) => this with { PerTensor = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [new("vmean_root") { Dimensions = shape => Block.Dimensions(shape, LeastRank) }, new("m")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double learningRate = Constraint.NonNegative.At(LearningRate, plan.Clock), beta1 = Constraint.UnitInterval.At(Beta1, plan.Clock);
        double beta2 = Constraint.UnitInterval.At(Beta2, plan.Clock), epsilon = Constraint.NonNegative.At(Epsilon, plan.Clock);
        double weightDecay = Constraint.NonNegative.At(WeightDecay, plan.Clock);
        double correction1 = 1 / (1 - Exact.Power(beta1, plan.Step)), correction2 = 1 / Math.Sqrt(1 - Exact.Power(beta2, plan.Step));
        var mean = new MovingMeanFormula<T>(beta1);
        plan.ApplyWhole(
            2,
            whole =>
            {
                var blocks = Block.Of(whole.Layout, LeastRank);
                var roots = RootMeanSquares(whole, blocks, beta2);
                whole.ThenPerBlock(
                    blocks,
                    i => Formula.Then<T, MovingMeanFormula<T>, WideScaleFormula<T>>(mean, new(correction1 / ((roots[i] * correction2) + epsilon))),
                    firstSlot: 1);
            },
            mayThrow: false);
        plan.ApplyGradientTerms(maximize: false, weightDecay);
        plan.Apply(new ScaleFormula<T>(learningRate));
    }

    /// <summary>sqrt(v) of every block, after this gradient.</summary>
    private static double[] RootMeanSquares<T>(Whole<T> whole, Block[] blocks, double beta2)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var slot = whole.ChangeSlot(0);
        double[] roots = new double[blocks.Length];
        for (int i = 0; i < roots.Length; i++)
        {
            double root = blocks[i].Length == 0 ? 0 : whole.UpdateNorm(blocks[i]) / Math.Sqrt(blocks[i].Length);
            roots[i] = Norms.WeightedMean(double.CreateTruncating(slot[i]), root, beta2);
            slot[i] = T.CreateTruncating(roots[i]);
        }

        return roots;
    }
}

/// <summary><c>m = b m + (1 - b) g; u = m</c>.</summary>
internal readonly struct MovingMeanFormula<T>(double beta) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta = T.CreateTruncating(beta), gain = T.CreateTruncating(1 - beta);

    public static int SlotCount => 1;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        var mean = L.FusedMultiplyAdd(slots.Read(0), beta, update * gain);
        slots.Write(0, mean);
        return mean;
    }
}
