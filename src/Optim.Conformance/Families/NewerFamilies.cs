namespace Optim.Conformance;

/// <summary>From a recording's hyperparameters to the rule. Further rules that go element by element.</summary>
internal static class NewerFamilies
{
    public static FamilyTable All { get; } = new()
    {
        ["adamaxw", "adamaxw"] = h => new AdaMaxW
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
        },
        ["acprop", "acprop"] = h => new AcProp
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            DecoupledWeightDecay = h.Flag("weight_decouple"), FixedDecay = h.Flag("fixed_decay") && h.Flag("weight_decouple"), Rectify = h.Flag("rectify"),
            DegeneratedToSgd = h.Flag("degenerated_to_sgd"), DivideMean = h.Flag("momentum_update"),
        },
        ["acprop", "acprop_optax/optax"] = h => new AcProp
        {
            Form = AcPropForm.Optax, LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"),
            RootEpsilon = h.Number("eps_root"), WeightDecay = h.Number("weight_decay"),
        },
        ["padam", "padam"] = h => new Padam
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            AmsGrad = h.Flag("amsgrad"), PartialPower = h.Number("partial"),
        },
        ["grams", "grams"] = h => new Grams
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
            BiasCorrection = h.Flag("correct_bias"),
        },
        ["simplified_ademamix", "simplified_ademamix"] = h => new SimplifiedAdEmaMix
        {
            LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Alpha = h.Number("alpha"), Epsilon = h.Number("eps"),
            WeightDecay = h.Number("weight_decay"), Beta1WarmupSteps = (int)(h.OptionalNumber("beta1_warmup") ?? 0), MinBeta1 = h.Number("min_beta1"),
            BiasCorrection1 = h.Flag("bias_correction1"), BiasCorrection2 = h.Flag("bias_correction2"),
        },
        ["optimistic_gradient_descent", "optimistic_gradient_descent"] = h => new OptimisticGradientDescent
        {
            LearningRate = h.LearningRate, Alpha = h.Number("alpha"), Optimism = h.Number("beta"),
        },
        ["optimistic_adam", "optimistic_adam"] = h => OptimisticAdamOf(h) with
        {
            Optimism = h.OptionalNumber("optimism") ?? 1, AbsoluteOptimism = h.OptionalNumber("optimism") is not null,
        },
        ["optimistic_adam", "optimistic_adam_v2"] = h => OptimisticAdamOf(h) with { Alpha = h.Number("alpha"), Optimism = h.Number("beta") },
        ["ftrl", "ftrl"] = h => new Ftrl
        {
            LearningRate = h.LearningRate, Power = -h.Number("learning_rate_power"), InitialAccumulator = h.Number("initial_accumulator_value"),
            L1 = h.Number("l1_regularization_strength"), L2 = h.Number("l2_regularization_strength"), L2Shrinkage = h.Number("l2_shrinkage_regularization_strength"),
            Beta = h.Number("beta"),
        },
        ["cocob", "cocob"] = h => new Cocob
        {
            LearningRate = h.LearningRate, Alpha = h.Number("alpha"), Epsilon = h.Number("eps"), WeightDecay = h.Number("weight_decay"),
        },
    };

    private static OptimisticAdam OptimisticAdamOf(SourceHyperparameters h) => new()
    {
        LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), RootEpsilon = h.Number("eps_root"),
        Nesterov = h.Flag("nesterov"),
    };
}
