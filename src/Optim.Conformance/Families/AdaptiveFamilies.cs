namespace Optim.Conformance;

/// <summary>From a recording's hyperparameters to the rule. Rules that divide by a running size of the gradient.</summary>
internal static class AdaptiveFamilies
{
    public static FamilyTable All { get; } = new()
    {
        ["adagrad", "adagrad"] = h => new AdaGrad
        {
            LearningRate = h.LearningRate, LearningRateDecay = h.Number("lr_decay"), WeightDecay = h.Number("weight_decay"),
            InitialAccumulator = h.Number("initial_accumulator_value"), Epsilon = h.Number("eps"), Maximize = h.Flag("maximize"),
        },
        ["adadelta", "adadelta"] = h => new AdaDelta
        {
            LearningRate = h.LearningRate, Rho = h.Number("rho"), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            Maximize = h.Flag("maximize"),
        },
        ["rmsprop", "rmsprop"] = h => RmsPropOf(h) with { Maximize = h.Flag("maximize") },
        ["rmsprop", "rmsprop_tf"] = h => RmsPropOf(h) with
        {
            EpsilonInsideRoot = true, InitialAccumulator = 1,
            LearningRateInVelocity = h.Flag("lr_in_momentum"), DecoupledWeightDecay = h.Flag("decoupled_decay"),
        },
        ["adam", "adam"] = h => new Adam
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), AmsGrad = h.Flag("amsgrad"), Maximize = h.Flag("maximize"),
        },
        ["adamw", "adamw"] = AdamWOf,
        ["adamw", "adamw_cautious/cautious"] = h => AdamWOf(h) with { Cautious = h.Flag("caution") },
        ["adamax", "adamax"] = h => new AdaMax
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), Maximize = h.Flag("maximize"),
        },
        // PyTorch 1.13 without foreach multiplies mu_t into the next product a second time.
        ["nadam", "nadam"] = h => h.Has("foreach") && !h.Flag("foreach") ? throw new FormatException("Hyperparameter 'foreach' must be true where it is given, was false.") : new NAdam
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), MomentumDecay = h.Number("momentum_decay"), DecoupledWeightDecay = h.Flag("decoupled_weight_decay"),
        },
        ["nadamw", "nadamw"] = h => new NAdamW
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"),
        },
        ["radam", "radam"] = RAdamOf,
        ["radam", "radam_original/radam-authors"] = h => RAdamOf(h) with { SkipUnrectified = !h.Flag("degenerated_to_sgd") },
        ["sparse_adam", "sparse_adam"] = h => new SparseAdam
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            Maximize = h.Flag("maximize"),
        },
        ["yogi", "yogi"] = h => YogiOf(h) with { WeightDecay = h.Number("weight_decay") },
        ["yogi", "yogi_paper/yogi-paper"] = h => YogiOf(h) with { InitialMean = false, BiasCorrection = false },
        ["adabelief", "adabelief"] = h => new AdaBelief
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("weight_decouple"), FixedDecay = h.Flag("fixed_decay"),
            Rectify = h.Flag("rectify"), DegeneratedToSgd = h.Flag("degenerated_to_sgd"), AmsGrad = h.Flag("amsgrad"),
        },
        ["adabound", "adabound"] = h => new AdaBound
        {
            LearningRate = h.LearningRate, BaseLearningRate = h.Number("lr"), FinalLearningRate = h.Number("final_lr"), Gamma = h.Number("gamma"),
            Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            AmsBound = h.Flag("amsbound"),
        },
        ["adamod", "adamod"] = h => new AdaMod
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Beta3 = h.Number("beta3"),
            Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
        },
        ["ademamix", "ademamix"] = h => new AdEmaMix
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Beta3 = h.Number("betas", 2),
            Alpha = h.Number("alpha"), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            AlphaWarmupSteps = (int)(h.OptionalNumber("alpha_warmup") ?? 0), Beta3WarmupSteps = (int)(h.OptionalNumber("beta3_warmup") ?? 0),
        },
        ["adan", "adan"] = h =>
        {
            var adan = new Adan
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Beta3 = h.Number("betas", 2),
                Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"), ProximalWeightDecay = !h.Flag("no_prox"),
            };
            double maxNorm = h.Number("max_grad_norm");
            return maxNorm == 0 ? adan : new ClipByGlobalNorm(maxNorm) { Epsilon = adan.Epsilon }.Then(adan);
        },
        ["adopt", "adopt"] = h => new Adopt
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            ClipQuotient = h.OptionalNumber("clip_exp") is not null, ClipExponent = h.OptionalNumber("clip_exp") ?? 0,
            WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("decoupled"), Maximize = h.Flag("maximize"),
        },
        ["adam_mini", "adam_mini"] = h => new AdamMini
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), PerTensor = h.Text("partition") switch
            {
                "tensor" => true,
                "row" => false,
                var other => throw new FormatException($"Hyperparameter 'partition' must be tensor or row, was {other}."),
            },
        },
        ["dadapt_adam", "dadapt_adam"] = h => new DAdaptAdam
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("decouple"), BiasCorrection = h.Flag("use_bias_correction"),
            InitialDistance = h.Number("d0"), GrowthRate = h.OptionalNumber("growth_rate") ?? double.PositiveInfinity,
        },
        ["diffgrad", "diffgrad"] = h => new DiffGrad
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"),
        },
        ["laprop", "laprop"] = h => new LaProp
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"),
        },
        ["madgrad", "madgrad"] = h => new MadGrad
        {
            LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            DecoupledWeightDecay = h.Flag("decoupled_decay"),
        },
        ["novograd", "novograd"] = h => new NovoGrad
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), GradientAveraging = h.Flag("grad_averaging"), AmsGrad = h.Flag("amsgrad"),
        },
        ["prodigy", "prodigy"] = h => new Prodigy
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Beta3 = h.OptionalNumber("beta3") ?? 0,
            Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("decouple"),
            BiasCorrection = h.Flag("use_bias_correction"), SafeguardWarmup = h.Flag("safeguard_warmup"), InitialDistance = h.Number("d0"),
            DistanceCoefficient = h.Number("d_coef"), GrowthRate = h.OptionalNumber("growth_rate") ?? double.PositiveInfinity,
        },
        ["qhadam", "qhadam"] = h => new QhAdam
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Nu1 = h.Number("nus", 0), Nu2 = h.Number("nus", 1),
            Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("decouple_weight_decay"),
        },
        ["schedulefree_adamw", "schedulefree_adamw"] = h => new ScheduleFreeAdamW
        {
            LearningRate = FirstOrderFamilies.WarmedUp(h), Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), WeightStepPower = h.Number("r"), WeightLearningRatePower = h.Number("weight_lr_power"),
        },
        ["sophia", "sophia_g"] = h =>
        {
            // The replay multiplies the recorded estimates by it.
            _ = h.Number("bs");
            return new Sophia
            {
                LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Rho = h.Number("rho"),
                WeightDecay = h.Number("weight_decay"), Maximize = h.Flag("maximize"),
            };
        },
        ["swats", "swats"] = h => h.Flag("amsgrad") ? throw new FormatException("AMSGrad is not offered here, 'amsgrad' must be false.") : new Swats
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), RelativeTolerance = h.Number("switch_rtol"), Nesterov = h.Flag("nesterov"),
            EpsilonTwice = h.Has("eps_inside_sqrt") && h.Flag("eps_inside_sqrt"),
        },
    };

    private static RmsProp RmsPropOf(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Alpha = h.Number("alpha"), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
        Momentum = h.Number("momentum"), Centered = h.Flag("centered"),
    };

    private static AdamW AdamWOf(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
        WeightDecay = h.Number("weight_decay"), AmsGrad = h.Flag("amsgrad"), Maximize = h.Flag("maximize"),
    };

    private static RAdam RAdamOf(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
        WeightDecay = h.Number("weight_decay"), DecoupledWeightDecay = h.Flag("decoupled_weight_decay"),
    };

    private static Yogi YogiOf(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
        InitialAccumulator = h.Number("initial_accumulator"),
    };
}
