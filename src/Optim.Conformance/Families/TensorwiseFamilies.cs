namespace Optim.Conformance;

/// <summary>From a recording's hyperparameters to the rule. Further rules that look at whole tensors, at all of them, or at the loss.</summary>
internal static class TensorwiseFamilies
{
    public static FamilyTable All { get; } = new()
    {
        ["dog", "dog"] = h => new Dog
        {
            LearningRate = h.LearningRate, RelativeDistance = h.Number("reps_rel"), Epsilon = h.Number("eps"), FirstRate = h.OptionalNumber("init_eta") ?? 0,
            WeightDecay = h.Number("weight_decay"), Layerwise = h.Flag("layerwise"),
        },
        ["dowg", "dowg"] = h => new DoWg
        {
            LearningRate = h.LearningRate, InitialSquaredDistance = h.OptionalNumber("init_estim_sq_dist") ?? 0, Epsilon = h.Number("eps"),
            WeightDecay = h.OptionalNumber("weight_decay") ?? 0,
        },
        ["polyak_sgd", "polyak_sgd"] = h => new PolyakSgd
        {
            LearningRate = h.Number("max_learning_rate"), Factor = h.Number("scaling"), LeastLoss = h.Number("f_min"), Epsilon = h.Number("eps"),
            ClampGap = h.Choice("variant", "sps", "sps+") == "sps+",
        },
        ["momo", "momo"] = h => new Momo
        {
            LearningRate = h.LearningRate, Beta = h.Number("beta"), WeightDecay = h.Number("weight_decay"), LowerBound = h.Number("lb"),
            BiasCorrection = h.Flag("bias_correction"), EstimateLowerBound = h.Flag("use_fstar"),
        },
        ["momo_adam", "momo_adam"] = h => new MomoAdam
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            LowerBound = h.Number("lb"), DivideByDecay = h.Flag("divide"), EstimateLowerBound = h.Flag("use_fstar"),
        },
        ["fromage", "fromage"] = h => new Fromage { LearningRate = h.LearningRate, ParameterBound = h.OptionalNumber("p_bound") ?? 0 },
        ["adanorm", "adanorm"] = h => new AdaNorm
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            AmsGrad = h.Flag("amsgrad"), DecoupledWeightDecay = h.Flag("weight_decouple"), FixedDecay = h.Flag("fixed_decay") && h.Flag("weight_decouple"),
            Rectify = h.Flag("rectify"),
        },
        ["adai", "adai"] = h => new Adai
        {
            LearningRate = h.LearningRate, Beta0 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            DecoupledWeightDecay = h.Flag("decoupled"),
        },
        ["adahessian", "adahessian"] = h => new AdaHessian
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            HessianPower = h.Number("hessian_power"),
        },
        ["stable_adamw", "stable_adamw"] = h => new StableAdamW
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            FullyDecoupled = h.Flag("decouple_lr"), BaseLearningRate = h.OptionalNumber("max_lr") ?? h.Number("lr"),
        },
        ["adamp", "adamp"] = h => new AdamP
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            Delta = h.Number("delta"), ProjectedDecayRatio = h.Number("wd_ratio"), Nesterov = h.Flag("nesterov"),
        },
        ["sgdp", "sgdp"] = SgdPOf,
        ["sgdp", "sgdp/clovaai-inplace"] = h => SgdPOf(h) with { ProjectBuffer = true },
    };

    private static SgdP SgdPOf(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Dampening = h.Number("dampening"), WeightDecay = h.Number("weight_decay"), Nesterov = h.Flag("nesterov"),
        Epsilon = h.Number("eps"), Delta = h.Number("delta"), ProjectedDecayRatio = h.Number("wd_ratio"),
    };
}
