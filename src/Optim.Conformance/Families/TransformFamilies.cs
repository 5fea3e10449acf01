namespace Optim.Conformance;

/// <summary>From a recording's hyperparameters to the rule. Further transforms of gradients.</summary>
internal static class TransformFamilies
{
    public static FamilyTable All { get; } = new()
    {
        ["gradient_ema", "ema"] = h => new GradientEma { Beta = h.Number("decay"), BiasCorrection = h.Flag("debias") },
        ["grokfast", "grokfast"] = h => h.Choice("filter", "ema", "ma") == "ema"
            ? new Grokfast { Beta = h.Number("alpha"), Amplification = h.Number("lamb") }
            : new GrokfastWindow
            {
                WindowSize = h.Count("window_size"), Amplification = h.Number("lamb"), Sum = h.Choice("filter_type", "mean", "sum") == "sum", Warmup = h.Flag("warmup"),
            },
        ["normalize_gradient", "normalize_by_update_norm"] = h => new NormalizeGradient { Epsilon = h.Number("eps") }.Then(new Scale(h.Number("scale_factor"))),
        ["clip_by_global_norm", "optax_clips"] = h => h.Choice("clip", "global_norm", "block_rms", "value") switch
        {
            "global_norm" => new ClipByGlobalNorm(h.Number("max_norm")) { Epsilon = 0 },
            "block_rms" => new ClipByRms(h.Number("threshold")),
            _ => new ClipByValue(h.Number("max_delta")),
        },
        ["orthograd", "orthograd"] = h => new OrthoGrad { Epsilon = h.Number("eps") },
        ["scale_by_trust_ratio", "trust_ratio"] = h => new ScaleByTrustRatio
        {
            TrustCoefficient = h.Number("trust_coefficient"), MinNorm = h.Number("min_norm"), Epsilon = h.Number("eps"),
        },
        ["zero_nans", "zero_nans"] = _ => new ZeroNans(),
    };
}
