namespace Optim.Conformance;

/// <summary>From a recording's hyperparameters to the rule. Further rules around others.</summary>
internal static class AroundFamilies
{
    public static FamilyTable All { get; } = new()
    {
        ["mechanic", "mechanic"] = h => new Mechanic(RuleFamilies.OfName(h.Nested("base")))
        {
            Betas = h.Numbers("betas"), ScaledDecay = h.Number("s_decay"), InitialScale = h.Number("s_init"), Epsilon = h.Number("eps"), StoreDelta = h.Flag("store_delta"),
        },
        ["mechanic", "mechanic_optax/optax"] = h => new Mechanic(RuleFamilies.OfName(h.Nested("base")))
        {
            Form = MechanicForm.Optax, Betas = [.. Enumerable.Range(1, h.Count("num_betas")).Select(k => 1 - Math.Pow(10, -k))], ScaledDecay = h.Number("weight_decay"),
            InitialScale = h.Number("s_init"), Epsilon = h.Number("eps"),
        },
        ["trac", "trac"] = h => new Trac(RuleFamilies.OfName(h.Nested("base"))) { Betas = h.Numbers("betas"), InitialScale = h.Number("s_prev"), Epsilon = h.Number("eps") },
        ["galore", "galore_adamw"] = h =>
        {
            // Adam with epsilon on the uncorrected root, and the decay behind the step: (1 - lr wd) (p - u).
            Rule inner = h.Flag("correct_bias")
                ? new SparseAdam { LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps") }
                : new Lamb
                {
                    LearningRate = h.LearningRate, Beta1 = h.Number("betas", 0), Beta2 = h.Number("betas", 1), Epsilon = h.Number("eps"), WeightDecay = 0, BiasCorrection = false,
                };
            var galore = new GaLore(inner)
            {
                Rank = h.Count("rank"), ProjectionPeriod = h.Count("update_proj_gap"), ProjectedScale = h.Number("scale"),
                Side = h.Choice("proj_type", "std", "reverse_std", "left", "right") switch
                {
                    "reverse_std" => GaLoreSide.Larger,
                    "left" => GaLoreSide.Left,
                    "right" => GaLoreSide.Right,
                    _ => GaLoreSide.Smaller,
                },
            };
            double decay = h.Number("weight_decay");
            return decay == 0 ? galore : new Chain(galore, new Scale(1 + h.LearningRate.Scale(-decay)), new AddDecayedWeights { WeightDecay = h.LearningRate.Scale(decay) });
        },
    };
}
