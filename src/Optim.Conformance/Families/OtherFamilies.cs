namespace Optim.Conformance;

/// <summary>From a recording's hyperparameters to the rule. Matrix rules, rules on the objective and wrappers.</summary>
internal static class OtherFamilies
{
    public static FamilyTable All { get; } = new()
    {
        ["adafactor", "adafactor"] = h => new Adafactor
        {
            LearningRate = h.IsNull("lr") ? 0.01 : h.LearningRate, RelativeStep = h.IsNull("lr"), WarmupInit = h.Flag("warmup_init"),
            ScaleParameter = h.Flag("scale_parameter") && h.IsNull("lr"), Beta2Decay = -h.Number("decay_rate"), Epsilon = h.Number("eps"),
            ScaleEpsilon = h.Number("eps_scale"), ClipThreshold = h.Number("clip_threshold"), WeightDecay = h.Number("weight_decay"),
            LeastFactoredDimension = h.Count("min_dim_size_to_factor") + 1, Beta1 = FirstBetaOfAdafactor(h),
        },
        ["adafactor", "adafactor_torch/adafactor-torch"] = h => new Adafactor
        {
            Form = AdafactorForm.PyTorch, LearningRate = h.LearningRate, Beta2Decay = -h.Number("beta2_decay"),
            Epsilon = h.IsNull("eps", 0) ? Math.BitIncrement(1.0) - 1 : h.Number("eps", 0), ScaleEpsilon = h.Number("eps", 1), ClipThreshold = h.Number("d"),
            WeightDecay = h.Number("weight_decay"), Maximize = h.Flag("maximize"),
        },
        ["lamb", "lamb"] = h => new Lamb
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), MaxGradientNorm = h.OptionalNumber("max_grad_norm") ?? 0, BiasCorrection = h.Flag("bias_correction"),
            GradientAveraging = h.Flag("grad_averaging"), ClipTrust = h.Flag("trust_clip"), AlwaysAdapt = h.Flag("always_adapt"),
        },
        ["lamb", "lamb_clamped/lamb-cybertronai"] = h => new Lamb
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), MaxParameterNorm = h.Number("clamp_value"), BiasCorrection = h.Flag("debias"),
            CorrectWholeStep = true, AlwaysAdapt = true,
        },
        ["lbfgs", "lbfgs"] = h => new Lbfgs
        {
            LearningRate = h.LearningRate, HistorySize = h.Count("history_size"), MaxIterations = h.Count("max_iter"),
            MaxEvaluations = h.IsNull("max_eval") ? 0 : h.Count("max_eval"), GradientTolerance = h.Number("tolerance_grad"),
            ChangeTolerance = h.Number("tolerance_change"), CurvatureTolerance = 1e-10,
            LineSearch = h.IsNull("line_search_fn") ? new FixedStep() : StrongWolfeBy(h),
        },
        ["lookahead", "lookahead"] = h => LookaheadOf(h, lazy: false),
        ["lookahead", "lookahead_timm/lookahead-lazy-slow-init"] = h => LookaheadOf(h, h.Flag("lazy_slow")),
        ["muon", "muon"] = h => new Muon
        {
            LearningRate = h.LearningRate, WeightDecay = h.Number("weight_decay"), Momentum = h.Number("momentum"), Nesterov = h.Flag("nesterov"),
            NewtonSchulzSteps = NewtonSchulzStepsOf(h), Epsilon = h.Number("eps"), AddEpsilonToNorm = h.Choice("norm_eps_mode", "max", "add") == "add",
            ShapeFactor = h.Choice("adjust_lr", "original", "match_rms_adamw") == "original" ? MuonShapeFactor.Original : MuonShapeFactor.MatchRmsAdamW,
        },
        ["ranger", "ranger"] = h => new Ranger
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), SyncPeriod = h.Count("k"), SlowStepSize = h.Number("alpha"),
            ConvolutionsOnly = CentralizedByRanger(h) && h.Flag("gc_conv_only"), PaperThreshold = ThresholdOfRanger(h) == 4,
        },
        ["sam", "sam"] = h => new Sam { Inner = RuleFamilies.OfName(h.Nested("base")), Rho = h.Number("rho"), Adaptive = h.Flag("adaptive") },
        ["shampoo", "shampoo_paper"] = h => new Shampoo { LearningRate = h.LearningRate, Epsilon = h.Number("epsilon") },
        ["shampoo", "shampoo/shampoo-moskomule"] = h => new Shampoo
        {
            Form = ShampooForm.Moskomule, LearningRate = h.LearningRate, Momentum = h.Number("momentum"), WeightDecay = h.Number("weight_decay"),
            Epsilon = h.Number("epsilon"), UpdateFrequency = h.Count("update_freq"),
        },
    };

    /// <summary>The mean of updates is off where timm was given no betas; the second of them is not used.</summary>
    private static Schedule FirstBetaOfAdafactor(SourceHyperparameters h)
    {
        if (!h.Has("beta1"))
        {
            return 0;
        }

        double beta1 = h.Number("beta1");
        return beta1 == h.Number("betas", 0)
            ? beta1
            : throw new FormatException("Hyperparameter 'betas' must begin with 'beta1'.");
    }

    private static StrongWolfe StrongWolfeBy(SourceHyperparameters h)
    {
        h.Choice("line_search_fn", "strong_wolfe");
        return new StrongWolfe();
    }

    private static Lookahead LookaheadOf(SourceHyperparameters h, bool lazy) => new()
    {
        Inner = RuleFamilies.OfName(h.Nested("base")), SyncPeriod = h.Count("k"), SlowStepSize = h.Number("alpha"), LazySlowInit = lazy,
    };

    private static int NewtonSchulzStepsOf(SourceHyperparameters h) =>
        (h.Number("ns_coefficients", 0), h.Number("ns_coefficients", 1), h.Number("ns_coefficients", 2)) is (3.4445, -4.7750, 2.0315)
            ? h.Count("ns_steps")
            : throw new FormatException("Hyperparameter 'ns_coefficients' must be the author's.");

    private static bool CentralizedByRanger(SourceHyperparameters h) => h.Flag("use_gc")
        ? true
        : throw new FormatException("Hyperparameter 'use_gc' must be true: the source ignores it.");

    private static double ThresholdOfRanger(SourceHyperparameters h) => h.Number("N_sma_threshhold") is var threshold and (4 or 5)
        ? threshold
        : throw new FormatException("Hyperparameter 'N_sma_threshhold' must be 4 or 5 here.");
}
