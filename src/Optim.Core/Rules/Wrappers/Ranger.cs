using Optim.Execution;
using Optim.Trajectories;

namespace Optim;

/// <summary>Ranger: <see cref="CentralizeGradient"/>, then <see cref="RAdam"/> with decoupled weight decay, in <see cref="Lookahead"/>.</summary>
/// <remarks>
/// Wright 2019 (lessw2020/Ranger-Deep-Learning-Optimizer, ranger.py 20.4.11), of Yong, Huang, Hua and Zhang 2020, Liu et al. 2020, and Zhang,
/// Lucas, Hinton and Ba 2019. A step that is not rectified follows the mean downhill; in kozistr/pytorch_optimizer it goes uphill by default.
/// The source has a flag <c>use_gc</c> and ignores it, so centralisation is always on: a chain of the pieces leaves it out.
/// <see cref="OptimizerState{T}.EvaluationParameters"/> are the slow weights. Slots: <c>exp_avg</c>, <c>exp_avg_sq</c>, <c>slow</c>.
/// </remarks>
public sealed record Ranger : Rule
{
    /// <summary>lr, 0 or more. Default 0.001.</summary>
    public Schedule LearningRate { get; init => field = Constraint.NonNegative.Check(value); } = 1e-3;

    /// <summary>b1, in [0, 1). Default 0.95.</summary>
    public Schedule Beta1 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.95;

    /// <summary>b2, in [0, 1). Default 0.999.</summary>
    public Schedule Beta2 { get; init => field = Constraint.UnitInterval.Check(value); } = 0.999;

    /// <summary>eps, 0 or more. Default 1e-5.</summary>
    public Schedule Epsilon { get; init => field = Constraint.NonNegative.Check(value); } = 1e-5;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    public Schedule WeightDecay { get; init => field = Constraint.NonNegative.Check(value); } = 0;

    /// <summary>k, the steps from one synchronisation to the next, 1 or more. Default 6.</summary>
    public int SyncPeriod { get; init => field = Constraint.CheckCount(value); } = 6;

    /// <summary>alpha, how far the slow weights go towards the fast ones, in [0, 1]. Default 0.5.</summary>
    public Schedule SlowStepSize { get; init => field = Constraint.Fraction.Check(value); } = 0.5;

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

    internal static RuleEntry Entry { get; } = new(
        "ranger", "Ranger", "RAdam on centred gradients, with slow weights that follow every few steps.",
        () => new Ranger(), 0.02, rate => new Ranger { LearningRate = rate })
    {
        IsElementwise = false,
        IsPerTensor = true,
        ExtraMoves = 1,
        Formula = """
            g = g - mean of g over each slice along the first axis, for tensors of two dimensions or more
            p = RAdam(p, g), with decoupled weight decay
            if t mod k = 0: slow = slow + alpha (p - slow), p = slow
            """,
        Paper = "Wright 2019, Ranger; of gradient centralisation (Yong et al. 2020), RAdam (Liu et al. 2020) and Lookahead (Zhang et al. 2019)",
        Definition = "lessw2020/Ranger-Deep-Learning-Optimizer 20.4.11: rectified where rho > 5, the corrected mean before that.",
        Disagreements = "kozistr/pytorch_optimizer goes uphill by default before the threshold.",
        Families = new Dictionary<string, Func<SourceHyperparameters, Rule>>
        {
            ["ranger"] = h => new Ranger
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay"), SyncPeriod = h.Count("k"), SlowStepSize = h.Number("alpha"),
                ConvolutionsOnly = Centralized(h) && h.Flag("gc_conv_only"), PaperThreshold = Threshold(h) == 4,
            },
        },
    };

    /// <summary>A copy with another <see cref="LearningRate"/>.</summary>
    /// <param name="value">The value.</param>
    public Ranger WithLearningRate(Schedule value) => this with { LearningRate = value };

    /// <summary>A copy with another <see cref="Beta1"/>.</summary>
    /// <param name="value">The value.</param>
    public Ranger WithBeta1(Schedule value) => this with { Beta1 = value };

    /// <summary>A copy with another <see cref="Beta2"/>.</summary>
    /// <param name="value">The value.</param>
    public Ranger WithBeta2(Schedule value) => this with { Beta2 = value };

    /// <summary>A copy with another <see cref="Epsilon"/>.</summary>
    /// <param name="value">The value.</param>
    public Ranger WithEpsilon(Schedule value) => this with { Epsilon = value };

    /// <summary>A copy with another <see cref="WeightDecay"/>.</summary>
    /// <param name="value">The value.</param>
    public Ranger WithWeightDecay(Schedule value) => this with { WeightDecay = value };

    /// <summary>A copy with another <see cref="SyncPeriod"/>.</summary>
    /// <param name="value">The value.</param>
    public Ranger WithSyncPeriod(int value) => this with { SyncPeriod = value };

    /// <summary>A copy with another <see cref="SlowStepSize"/>.</summary>
    /// <param name="value">The value.</param>
    public Ranger WithSlowStepSize(Schedule value) => this with { SlowStepSize = value };

    /// <summary>A copy with another <see cref="ConvolutionsOnly"/>.</summary>
    /// <param name="value">The value.</param>
    public Ranger WithConvolutionsOnly(bool value) => this with { ConvolutionsOnly = value };

    /// <summary>A copy with another <see cref="PaperThreshold"/>.</summary>
    /// <param name="value">The value.</param>
    public Ranger WithPaperThreshold(bool value) => this with { PaperThreshold = value };

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() => Pieces.DeclareSlots();

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Prepare(Pieces);
    }

    /// <inheritdoc/>
    public override TensorSet<T> EvaluationParameters<T>(StateView<T> state) => Pieces.EvaluationParameters(state);

    private static bool Centralized(SourceHyperparameters h) => h.Flag("use_gc")
        ? true
        : throw new FormatException("Hyperparameter 'use_gc' must be true: the source ignores it.");

    private static double Threshold(SourceHyperparameters h) => h.Number("N_sma_threshhold") is var threshold and (4 or 5)
        ? threshold
        : throw new FormatException("Hyperparameter 'N_sma_threshhold' must be 4 or 5 here.");
}
