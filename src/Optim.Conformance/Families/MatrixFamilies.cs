namespace Optim.Conformance;

/// <summary>From a recording's hyperparameters to the rule. Further rules for matrices.</summary>
internal static class MatrixFamilies
{
    public static FamilyTable All { get; } = new()
    {
        ["came", "came"] = h => new Came
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Beta3 = h.Number("betas", 2), Epsilon = h.Number("eps", 0),
            ResidualEpsilon = h.Number("eps", 1), ClipThreshold = h.Number("clip_threshold"), WeightDecay = h.Number("weight_decay"),
        },
        ["sm3", "sm3"] = Sm3Of,
        ["sm3", "sm3/pytorch-sm3"] = Sm3Of,
        ["schedulefree_radam", "schedulefree_radam"] = h => new ScheduleFreeRAdam
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            WeightStepPower = h.Number("r"), WeightLearningRatePower = h.Number("weight_lr_power"), SilentStart = h.Flag("silent_sgd_phase"),
        },
        ["mars", "mars"] = h => h.Flag("is_approx") ? new Mars
        {
            Form = h.Choice("mars_type", "mars-adamw", "mars-lion", "mars-shampoo") switch
            {
                "mars-lion" => MarsForm.Lion,
                "mars-shampoo" => MarsForm.Shampoo,
                _ => MarsForm.AdamW,
            },
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            Correction = h.Number("gamma"), AmsGrad = h.Flag("amsgrad"), All = h.Flag("optimize_1d"),
            Fallback = new AdamW
            {
                LearningRate = h.LearningRate.Scale(h.Number("lr_1d") / h.Number("lr")), Beta1 = h.Number("betas_1d", 0), Beta2 = h.Number("betas_1d", 1), Epsilon = h.Number("eps"),
                WeightDecay = h.Number("weight_decay_1d"), AmsGrad = h.Flag("amsgrad"),
            },
        }
        : throw new FormatException("Hyperparameter 'is_approx' must be true: the gradient of the batch before is not evaluated again here."),
        ["scion", "scion"] = ScionOf,
        ["muon", "muon_timm"] = h => MuonOf(h) with
        {
            ShapeFactor = ShapeFactorOf(h), ByKernelPosition = h.Choice("conv_mode", "flatten", "batched") == "batched", NormalizeByPositions = h.Flag("normalize_spatial"),
        },
        ["muon", "muon_optax/optax"] = OptaxMuonOf,
        ["adamuon", "adamuon"] = h =>
        {
            var muon = MuonOf(h);
            return new AdaMuon
            {
                LearningRate = muon.LearningRate, WeightDecay = muon.WeightDecay, Momentum = muon.Momentum, Nesterov = muon.Nesterov, Epsilon = muon.Epsilon,
                NewtonSchulzSteps = muon.NewtonSchulzSteps, Coefficients = muon.Coefficients, SafetyFactor = muon.SafetyFactor, ScaleEpsilon = muon.ScaleEpsilon,
                Beta2 = h.Number("betas", 1), ShapeFactor = ShapeFactorOf(h), ByKernelPosition = h.Choice("conv_mode", "flatten", "batched") == "batched",
                NormalizeByPositions = h.Flag("normalize_spatial"),
            };
        },
    };

    private static Sm3 Sm3Of(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Momentum = h.Number("momentum"), Beta = h.Number("beta"), Epsilon = h.Number("eps"),
    };

    private static Muon MuonOf(SourceHyperparameters h)
    {
        // For those who read it: the name of timm's list, its betas for vectors, and which of the two rules this is.
        h.Choice("algo", "muon", "adamuon");
        h.Number("betas", 0);
        if (h.Has("preset"))
        {
            h.Text("preset");
        }

        return new Muon
        {
            LearningRate = h.LearningRate, WeightDecay = h.Number("weight_decay"), Momentum = h.Number("momentum"), Nesterov = h.Flag("nesterov"),
            NewtonSchulzSteps = h.Count("ns_steps"), Coefficients = [.. h.Rows("ns_coefficients").SelectMany(triple => triple)], Epsilon = h.Number("eps"),
            SafetyFactor = h.Number("safety_factor"), AddEpsilonToNorm = h.Flag("scale_eps"), ScaleEpsilon = h.Flag("scale_eps"),
        };
    }

    private static MuonShapeFactor ShapeFactorOf(SourceHyperparameters h) =>
        h.IsNull("adjust_lr_fn") ? MuonShapeFactor.None : h.Choice("adjust_lr_fn", "original", "match_rms_adamw", "rms_to_rms", "rsqrt_in") switch
        {
            "original" => MuonShapeFactor.Original,
            "match_rms_adamw" => MuonShapeFactor.MatchRmsAdamW,
            "rms_to_rms" => MuonShapeFactor.RmsToRms,
            _ => MuonShapeFactor.InverseRootColumns,
        };

    private static Muon OptaxMuonOf(SourceHyperparameters h)
    {
        bool isList = h.IsListOfLists("ns_coeffs");
        IReadOnlyList<double> coefficients = isList ? [.. h.Rows("ns_coeffs").SelectMany(triple => triple)] : h.Numbers("ns_coeffs");
        var rate = h.OptionalNumber("adam_learning_rate") is { } own ? own : h.LearningRate;
        return new Muon
        {
            LearningRate = h.LearningRate, Momentum = h.Number("beta"), Nesterov = h.Flag("nesterov"), BiasCorrection = true, WeightDecay = h.Number("weight_decay"),
            Epsilon = h.Number("eps"), AddEpsilonToNorm = true, Coefficients = coefficients,

            // A list has an iteration for each entry, at most as many as steps.
            NewtonSchulzSteps = isList ? Math.Min(coefficients.Count / 3, h.Count("ns_steps")) : h.Count("ns_steps"), Adaptive = h.Flag("adaptive"),
            Preconditioning = h.Choice("preconditioning", "frobenius", "spectral", "aol", "schatten") switch
            {
                "spectral" => MuonPreconditioning.Spectral,
                "aol" => MuonPreconditioning.Aol,
                "schatten" => MuonPreconditioning.Schatten,
                _ => MuonPreconditioning.Frobenius,
            },
            ShapeFactor = h.IsNull("consistent_rms") ? MuonShapeFactor.InputsByOutputs : MuonShapeFactor.MatchRmsAdamW, RootMeanSquare = h.OptionalNumber("consistent_rms") ?? 0.2,
            MatricesOnly = true,
            Fallback = new Chain(
                new OptimisticAdam
                {
                    LearningRate = 1, Optimism = 0, Beta1 = h.Number("adam_b1"), Beta2 = h.Number("adam_b2"), Epsilon = h.Number("eps"), RootEpsilon = h.Number("adam_eps_root"),
                    Nesterov = h.Flag("nesterov"),
                },
                new AddDecayedWeights { WeightDecay = h.Number("adam_weight_decay") }, new ScaleByLearningRate(rate)),
        };
    }

    private static Scion ScionOf(SourceHyperparameters h)
    {
        string norm = h.Choice("norm", "Auto", "Spectral", "SpectralConv", "Sign", "ColNorm", "RowNorm", "BiasRMS");
        var options = h.Nested("norm_kwargs");
        return new()
        {
            LearningRate = h.LearningRate, Beta = 1 - h.Number("momentum"), Radius = h.Number("scale"), Unconstrained = h.Flag("unconstrained"),
            Norm = norm switch
            {
                "Spectral" => ScionNorm.Spectral,
                "SpectralConv" => ScionNorm.SpectralConvolution,
                "Sign" => ScionNorm.Sign,
                "ColNorm" => ScionNorm.Columns,
                "RowNorm" => ScionNorm.Rows,
                "BiasRMS" => ScionNorm.BiasRms,
                _ => ScionNorm.Auto,
            },
            Normalized = options.Has("normalized") ? options.Flag("normalized") : norm != "ColNorm", AtLeastOne = options.Has("max") && options.Flag("max"),
            Transpose = options.Has("transpose") && options.Flag("transpose"), NewtonSchulzSteps = options.Has("steps") ? options.Count("steps") : 5,
        };
    }
}
