namespace Optim.Conformance;

/// <summary>From a recording's hyperparameters to the rule. Gradient descent, its momenta, signs and clips.</summary>
internal static class FirstOrderFamilies
{
    public static FamilyTable All { get; } = new()
    {
        ["sgd", "sgd"] = h => new Sgd
        {
            LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Dampening = h.Number("dampening"),
            WeightDecay = h.Number("weight_decay"), Nesterov = h.Flag("nesterov"), Maximize = h.Flag("maximize"),
        },
        ["sgdw", "sgdw"] = h => new Sgdw
        {
            LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Dampening = h.Number("dampening"),
            WeightDecay = h.Number("weight_decay"), Nesterov = h.Flag("nesterov"), Maximize = h.Flag("maximize"),
        },
        ["asgd", "asgd"] = h => new Asgd
        {
            LearningRate = h.LearningRate, Lambda = h.Number("lambd"), Power = h.Number("alpha"), AveragingStart = h.Number("t0"),
            WeightDecay = h.Number("weight_decay"), Maximize = h.Flag("maximize"),
        },
        ["rprop", "rprop"] = h => new RProp
        {
            InitialStepSize = h.Number("lr"), EtaMinus = h.Number("etas", 0), EtaPlus = h.Number("etas", 1),
            MinStepSize = h.Number("step_sizes", 0), MaxStepSize = h.Number("step_sizes", 1), Maximize = h.Flag("maximize"),
        },
        ["sign_sgd", "sign_sgd"] = h => new SignSgd { LearningRate = h.LearningRate, Momentum = h.Number("momentum"), WeightDecay = h.Number("weight_decay") },
        ["tiger", "tiger"] = h => new Tiger { LearningRate = h.LearningRate, Beta = h.Number("beta"), WeightDecay = h.Number("weight_decay") },
        ["lion", "lion"] = LionOf,
        ["lion", "lion_cautious/cautious"] = h => LionOf(h) with { Cautious = h.Flag("caution"), Maximize = h.Flag("maximize") },
        ["qhm", "qhm"] = h => new Qhm
        {
            LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Nu = h.Number("nu"), WeightDecay = h.Number("weight_decay"),
            DecoupledWeightDecay = h.Choice("weight_decay_type", "grad", "direct") == "direct",
        },
        ["aggmo", "aggmo"] = h => new AggMo { LearningRate = h.LearningRate, Betas = h.Numbers("betas"), WeightDecay = h.Number("weight_decay") },
        ["schedulefree_sgd", "schedulefree_sgd"] = h => new ScheduleFreeSgd
        {
            LearningRate = WarmedUp(h), Momentum = h.Number("momentum"), WeightDecay = h.Number("weight_decay"), WeightStepPower = h.Number("r"),
            WeightLearningRatePower = h.Number("weight_lr_power"),
        },
        ["dadapt_sgd", "dadapt_sgd"] = h => new DAdaptSgd
        {
            LearningRate = h.LearningRate, Momentum = h.Number("momentum"), WeightDecay = h.Number("weight_decay"), InitialDistance = h.Number("d0"),
            GrowthRate = h.OptionalNumber("growth_rate") ?? double.PositiveInfinity,
        },
        ["lars", "lars"] = h => new Lars
        {
            LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Dampening = h.Number("dampening"), WeightDecay = h.Number("weight_decay"),
            TrustCoefficient = h.Number("trust_coeff"), Epsilon = h.Number("eps"), Nesterov = h.Flag("nesterov"),
            ClipTrust = h.Flag("trust_clip"), AlwaysAdapt = h.Flag("always_adapt"),
        },
        ["adaptive_gradient_clipping", "adaptive_gradient_clipping"] = h => new AdaptiveGradientClipping { ClipFactor = h.Number("clip_factor"), Epsilon = h.Number("eps") },
        ["centralize_gradient", "gradient_centralization"] = h => new CentralizeGradient { ConvolutionsOnly = h.Flag("gc_conv_only") },
        ["centralize_gradient", "sgd_gc"] = h => new CentralizeGradient { ConvolutionsOnly = h.Flag("gc_conv_only") }.Then(
            new Sgd { LearningRate = h.LearningRate, Momentum = h.Number("momentum"), WeightDecay = h.Number("weight_decay") }),
        ["clip_by_global_norm", "clip_grad_norm"] = h => new ClipByGlobalNorm { MaxNorm = h.Number("max_norm"), NormType = h.Number("norm_type") },
        ["clip_by_value", "clip_grad_value"] = h => new ClipByValue(h.Number("clip_value")),
    };

    private static Lion LionOf(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), WeightDecay = h.Number("weight_decay"),
    };

    /// <summary>The learning rate of a recording that counts its warmup apart.</summary>
    internal static Schedule WarmedUp(SourceHyperparameters h)
    {
        int steps = h.Count("warmup_steps");
        return steps == 0 ? h.LearningRate : Schedule.Table(Enumerable.Range(0, steps).Select(t => h.Number("lr") * ((t + 1.0) / steps)));
    }
}
