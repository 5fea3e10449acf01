using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Execution;
using Optim.Lanes;
using Optim.Trajectories;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Optim;

/// <summary>
/// Gradient centralisation: from each slice of a tensor along its first axis (a row of a weight matrix, an output channel's kernel) its mean is
/// taken: <c>u = g - mean(g)</c>. Tensors of fewer than two dimensions are left alone.
/// </summary>
/// <remarks>
/// Paper: Yong, Huang, Hua and Zhang 2020. Definition: the authors'; usually the first rule of a chain, so that L2 and the moments see the
/// centred gradient. The first axis is the output's, as in PyTorch's layers (out, in, ...). Means are accumulated in double.
/// </remarks>
public sealed record CentralizeGradient : Rule
{
    private const int LeastRank = 2, LeastRankOfConvolutions = 4;

    /// <summary>Whether tensors of fewer than four dimensions are left alone, so that only the kernels of convolutions are centred. Default false.</summary>
    public bool ConvolutionsOnly { get; init; }

    internal static RuleEntry Entry { get; } = new(
        "centralize_gradient", "gradient centralisation", "The gradient minus its mean over each output.",
        () => new CentralizeGradient())
    {
        IsElementwise = false,
        IsPerTensor = true,
        ExtraMoves = 1,
        Formula = "for each slice along the first axis of a tensor of two or more: u = g - mean(g)",
        Paper = "Yong, Huang, Hua, Zhang 2020, Gradient Centralization: A New Optimization Technique for Deep Neural Networks",
        Definition = "the authors': before weight decay and moments",
        Disagreements = "Only the kernels of convolutions: ConvolutionsOnly.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["gradient_centralization"] = h => new CentralizeGradient { ConvolutionsOnly = h.Flag("gc_conv_only") },
            ["sgd_gc"] = h => new CentralizeGradient { ConvolutionsOnly = h.Flag("gc_conv_only") }.Then(
                new Sgd { LearningRate = h.LearningRate, Momentum = h.Number("momentum"), WeightDecay = h.Number("weight_decay") }),
        },
    };

    /// <summary>A copy with another <see cref="ConvolutionsOnly"/>.</summary>
    /// <param name="value">The value.</param>
    public CentralizeGradient WithConvolutionsOnly(bool value) => this with { ConvolutionsOnly = value };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.ApplyWhole(
            0,
            whole =>
            {
                var blocks = Block.Of(whole.Layout, ConvolutionsOnly ? LeastRankOfConvolutions : LeastRank);
                if (Array.Exists(blocks, block => block.IsSlice && block.Length > 0))
                {
                    whole.ThenPerBlock(blocks, i => new SubtractFormula<T>(Mean(whole, blocks[i])));
                }
            },
            mayThrow: false);

        static double Mean(Whole<T> whole, Block block) =>
            block.IsSlice && block.Length > 0 ? whole.Sum(default(UpdateTerm), block.Start, block.Length) / block.Length : 0;
    }

    private readonly struct UpdateTerm : ISummand
    {
        [MethodImpl(AggressiveInlining)]
        public L Term<L, S>(L update, L parameter, S slots)
            where L : struct, ILane<L, double>
            where S : struct, ISlots<L> => update;
    }
}

/// <summary><c>u = g - c</c>.</summary>
internal readonly struct SubtractFormula<T>(double subtrahend) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T subtrahend = T.CreateTruncating(subtrahend);

    public static int SlotCount => 0;

    [MethodImpl(AggressiveInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L> => update - L.Broadcast(subtrahend);
}
