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
    };
}
