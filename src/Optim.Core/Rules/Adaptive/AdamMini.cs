namespace Optim;

/// <summary>Adam with one second moment for each row.</summary>
/// <formula>m as Adam; for each block v = b2 v + (1 - b2) mean(g^2); p -= lr ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + wd p)</formula>
/// <paper>Zhang, Chen, Li, Ding, Wu, Kingma, Ye, Luo, Sun 2024, Adam-mini: Use Fewer Learning Rates To Gain More</paper>
/// <definition>the authors' version 1.1.1, the block a row of a matrix (its output neurons)</definition>
/// <differs>The authors choose blocks by the parameters' names (heads, neurons, tokens, tensors). A block for each tensor: PerTensor.</differs>
/// <remarks>
/// Half of Adam's memory. A block is a slice of a tensor along its first axis (a row of a weight matrix: an output neuron), or with <see cref="PerTensor"/> a
/// whole tensor. Vectors are one block. Slots: <c>vmean_root</c>, sqrt(v), one element a block (the source keeps its square <c>vmean</c>, which float could
/// not hold for gradients beyond 1e19); <c>m</c>.
/// </remarks>
[RegisteredRule("adam_mini", "Adam-mini", StartingRate = 0.003, IsElementwise = false, IsPerTensor = true, ExtraMoves = 1)]
public sealed partial record AdamMini : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>Whether a block is a whole tensor rather than a slice of it. Default false.</summary>
    public bool PerTensor { get; init; }

    private int LeastRank => PerTensor ? int.MaxValue : 2;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [new("vmean_root") { Dimensions = shape => Block.Dimensions(shape, LeastRank) }, new("m")];

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        double correction1 = 1 / Exact.OneMinusPower(at.Beta1, plan.Step), correction2 = 1 / Math.Sqrt(Exact.OneMinusPower(at.Beta2, plan.Step));
        var mean = new MovingMeanFormula<T>(at.Beta1);
        plan.ApplyToTensors(
            2,
            context =>
            {
                var blocks = Block.Of(context.Layout, LeastRank);
                var roots = RootMeanSquares(context, blocks, at.Beta2);
                context.ThenPerBlock(
                    blocks,
                    i => Formula.Then<T, MovingMeanFormula<T>, WideScaleFormula<T>>(mean, new(Math.Min(correction1 / ((roots[i] * correction2) + at.Epsilon), double.MaxValue))),
                    firstSlot: 1);
            },
            mayThrow: false);
        plan.ApplyGradientTerms(maximize: false, at.WeightDecay);
        plan.Apply(new ScaleFormula<T>(at.LearningRate));
    }

    /// <summary>sqrt(v) of every block, after this gradient.</summary>
    private static double[] RootMeanSquares<T>(TensorStepContext<T> context, Block[] blocks, double beta2)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var slot = context.ChangeSlot(0);
        double[] roots = new double[blocks.Length];
        for (int i = 0; i < roots.Length; i++)
        {
            double root = blocks[i].Length == 0 ? 0 : context.UpdateNorm(blocks[i]) / Math.Sqrt(blocks[i].Length);
            roots[i] = Norms.WeightedMean(double.CreateTruncating(slot[i]), root, beta2);
            slot[i] = T.CreateTruncating(roots[i]);
        }

        return roots;
    }
}

[Formula]
internal readonly partial struct MovingMeanFormula<T>(double beta)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T beta = T.CreateTruncating(beta), gain = T.CreateTruncating(1 - beta);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update, ref L m)
        where L : struct, ILane<L, T>
    {
        m = L.FusedMultiplyAdd(m, beta, update * gain);
        return m;
    }
}
