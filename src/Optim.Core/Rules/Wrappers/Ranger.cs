namespace Optim;

/// <summary>RAdam on centred gradients, with slow weights that follow every few steps.</summary>
/// <formula>
/// g = g - mean of g over each slice along the first axis, for tensors of two dimensions or more
/// p = RAdam(p, g), with decoupled weight decay
/// if t mod k = 0: slow = slow + alpha (p - slow), p = slow
/// </formula>
/// <paper>Wright 2019, Ranger; of gradient centralisation (Yong et al. 2020), RAdam (Liu et al. 2020) and Lookahead (Zhang et al. 2019)</paper>
/// <definition>lessw2020/Ranger-Deep-Learning-Optimizer 20.4.11: rectified where rho &gt; 5, the corrected mean before that.</definition>
/// <differs>kozistr/pytorch_optimizer goes uphill by default before the threshold.</differs>
/// <remarks>
/// Wright 2019 (lessw2020/Ranger-Deep-Learning-Optimizer, ranger.py 20.4.11), of Yong, Huang, Hua and Zhang 2020, Liu et al. 2020, and Zhang, Lucas, Hinton
/// and Ba 2019. A step that is not rectified follows the mean downhill; in kozistr/pytorch_optimizer it goes uphill by default. The source has a flag
/// <c>use_gc</c> and ignores it, so centralisation is always on: a chain of the pieces leaves it out. <see cref="OptimizerState{T}.EvaluationParameters"/>
/// are the slow weights. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, <c>slow</c>.
/// </remarks>
[RegisteredRule("ranger", "Ranger", StartingRate = 0.03, IsElementwise = false, IsPerTensor = true, ExtraMoves = 1)]
public sealed partial record Ranger : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.95.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.95;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-5.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-5;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <summary>k, the steps from one synchronisation to the next, 1 or more. Default 6.</summary>
    [AtLeast(1)] public partial int SyncPeriod { get; init; } = 6;

    /// <summary>alpha, how far the slow weights go towards the fast ones, in [0, 1]. Default 0.5.</summary>
    [Range(Bounds.Fraction)] public partial Schedule SlowStepSize { get; init; } = 0.5;

    /// <summary>Whether only the kernels of convolutions, tensors of four dimensions or more, are centred. Default false.</summary>
    public bool ConvolutionsOnly { get; init; }

    /// <summary>Whether a step is rectified as soon as rho &gt; 4 (see <see cref="RAdam.PaperThreshold"/>). Default false: rho &gt; 5.</summary>
    public bool PaperThreshold { get; init; }

    private Lookahead Pieces => new()
    {
        Inner = new Chain(
            new CentralizeGradient { ConvolutionsOnly = ConvolutionsOnly },
            new RAdam
            {
                LearningRate = LearningRate, Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon, WeightDecay = WeightDecay, DecoupledWeightDecay = true,
                PaperThreshold = PaperThreshold,
            }),
        SyncPeriod = SyncPeriod,
        SlowStepSize = SlowStepSize,
    };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => Pieces.DeclareSlots();

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { OwnPoint = "slow weights" };

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Prepare(Pieces);
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state) => Pieces.EvaluationParameters(state);
}
