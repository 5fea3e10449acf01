namespace Optim;

/// <summary>The gradient minus its mean over each output.</summary>
/// <formula>for each slice along the first axis of a tensor of two or more: u = g - mean(g)</formula>
/// <paper>Yong, Huang, Hua, Zhang 2020, Gradient Centralization: A New Optimization Technique for Deep Neural Networks</paper>
/// <definition>the authors': before weight decay and moments</definition>
/// <differs>Only the kernels of convolutions: ConvolutionsOnly.</differs>
/// <remarks>
/// Usually the first rule of a chain, so that L2 and the moments see the centred gradient. The first axis is the output's, as in PyTorch's layers (out, in,
/// ...). Means are accumulated in double.
/// </remarks>
[RegisteredRule("centralize_gradient", "gradient centralisation", IsElementwise = false, IsPerTensor = true, ExtraMoves = 1)]
public sealed partial record CentralizeGradient : Rule
{
    private const int LeastRank = 2, LeastRankOfConvolutions = 4;

    /// <summary>Whether tensors of fewer than four dimensions are left alone, so that only the kernels of convolutions are centred. Default false.</summary>
    public bool ConvolutionsOnly { get; init; }

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.ApplyToTensors(
            0,
            context =>
            {
                var blocks = Block.Of(context.Layout, ConvolutionsOnly ? LeastRankOfConvolutions : LeastRank);
                if (Array.Exists(blocks, block => block.IsSlice && block.Length > 0))
                {
                    context.ThenPerBlock(blocks, i => new SubtractFormula<T>(Mean(context, blocks[i])));
                }
            },
            mayThrow: false);

        static double Mean(TensorStepContext<T> context, Block block) =>
            block.IsSlice && block.Length > 0 ? context.Sum(default(UpdateTerm), block.Start, block.Length) / block.Length : 0;
    }

    private readonly struct UpdateTerm : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update;
    }
}

[Formula]
internal readonly partial struct SubtractFormula<T>(double subtrahend)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T subtrahend = T.CreateTruncating(subtrahend);

    [MethodImpl(AggressiveInlining)]
    private L Apply<L>(L update)
        where L : struct, ILane<L, T> => update - L.Broadcast(subtrahend);
}
