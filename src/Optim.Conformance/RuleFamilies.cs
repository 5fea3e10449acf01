using System.Text.Json;

namespace Optim.Conformance;

/// <summary>The rules of all recorded families: from hyperparameters to rules, by <c>family</c> or, for another convention, <c>family/variant</c>.</summary>
public static class RuleFamilies
{
    private static readonly Family[] Families = [.. FirstOrderFamilies.All, .. AdaptiveFamilies.All, .. OtherFamilies.All, .. NewerFamilies.All, .. TensorwiseFamilies.All, .. MatrixFamilies.All, .. AroundFamilies.All, .. TransformFamilies.All];

    private static readonly Dictionary<string, Func<SourceHyperparameters, Rule>> Translators =
        Families.ToDictionary(family => family.Name, family => family.Translate, StringComparer.Ordinal);

    /// <summary>The sources' defaults, for recordings that name an optimizer and only what differs: PyTorch's, lucidrains' Lion, timm's layer-wise rules.</summary>
    private static readonly JsonElement Defaults = JsonDocument.Parse("""
        {
            "sgd": { "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": false, "maximize": false },
            "adam": { "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0, "amsgrad": false, "maximize": false },
            "adamw": { "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01, "amsgrad": false, "maximize": false },
            "adamax": { "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0, "maximize": false },
            "nadam": { "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0, "momentum_decay": 0.004, "decoupled_weight_decay": false },
            "rmsprop": { "alpha": 0.99, "eps": 1e-8, "weight_decay": 0, "momentum": 0, "centered": false, "maximize": false },
            "adagrad": { "lr_decay": 0, "weight_decay": 0, "initial_accumulator_value": 0, "eps": 1e-10, "maximize": false },
            "adadelta": { "rho": 0.9, "eps": 1e-6, "weight_decay": 0, "maximize": false },
            "radam": { "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0, "decoupled_weight_decay": false },
            "rprop": { "etas": [0.5, 1.2], "step_sizes": [1e-6, 50], "maximize": false },
            "asgd": { "lambd": 1e-4, "alpha": 0.75, "t0": 1e6, "weight_decay": 0, "maximize": false },
            "lion": { "betas": [0.9, 0.99], "weight_decay": 0 },
            "lars": { "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": false, "trust_coeff": 1e-3, "eps": 1e-8, "trust_clip": false, "always_adapt": false },
            "lamb": {
                "bias_correction": true, "betas": [0.9, 0.999], "eps": 1e-6, "weight_decay": 0.01, "grad_averaging": true, "max_grad_norm": 1,
                "trust_clip": false, "always_adapt": false
            },
            "novograd": { "betas": [0.95, 0.98], "eps": 1e-8, "weight_decay": 0, "grad_averaging": false, "amsgrad": false }
        }
        """).RootElement;

    /// <summary>The rules that replay a family, in any of its variants; by their names in the registry.</summary>
    /// <param name="family">The family, as <see cref="CaseResult.Family"/> has it; null for none.</param>
    public static IEnumerable<string> RulesOf(string? family) =>
        Families.Where(one => one.Name == family || one.Name.StartsWith(family + "/", StringComparison.Ordinal)).Select(one => one.Rule).Distinct();

    internal static string? SkipReason(Recording recording) => (Translators.ContainsKey(Key(recording)), recording.Variant) switch
    {
        (true, _) => null,
        (false, null) => "no rule for this family",
        (false, _) => $"no rule for the variant '{recording.Variant}'",
    };

    /// <summary>Why there is no rule for an optimizer that hyperparameters name; null where there is one.</summary>
    internal static string? SkipReason(string name) => Translators.ContainsKey(name.ToLowerInvariant()) ? null : $"no rule for the optimizer '{name}'";

    /// <summary>The rule of a case, every hyperparameter understood.</summary>
    internal static Rule Translate(Recording recording) => Translate(recording, hyperparameters =>
    {
        if (recording.IsAbridged)
        {
            TakeDefaults(hyperparameters, recording.Family);
        }

        return Translators[Key(recording)](hyperparameters);
    });

    /// <summary>The family of which a case's name speaks, <c>adam</c> for <c>adam_amsgrad</c>: the longest that begins it; null where there is none.</summary>
    internal static string? FamilyOfName(string name) =>
        Translators.Keys.Where(family => name == family || name.StartsWith(family + "_", StringComparison.Ordinal)).MaxBy(family => family.Length);

    /// <summary>The rule that a case names in its hyperparameters, every one understood.</summary>
    internal static Rule Translate(Recording recording, string nameKey) => Translate(recording, hyperparameters => OfName(hyperparameters, nameKey));

    private static Rule Translate(Recording recording, Func<SourceHyperparameters, Rule> translate)
    {
        var hyperparameters = recording.Hyperparameters();
        Rule rule;
        try
        {
            rule = translate(hyperparameters);
            rule.Validate();
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw recording.Error("hyperparameters", e.Message, e);
        }

        var unread = hyperparameters.Unread();
        return unread.Count == 0
            ? rule
            : throw recording.Error("hyperparameters", $"every one must be understood; the rule takes no notice of: {string.Join(", ", unread)}.");
    }

    /// <summary>The rule of an optimizer that the hyperparameters name themselves: the one within another, say.</summary>
    /// <param name="hyperparameters">Its hyperparameters; those left out have PyTorch's defaults.</param>
    /// <param name="nameKey">The hyperparameter that names it.</param>
    internal static Rule OfName(SourceHyperparameters hyperparameters, string nameKey = "name")
    {
        string name = hyperparameters.Text(nameKey), family = name.ToLowerInvariant();
        if (!Translators.TryGetValue(family, out var translate))
        {
            throw new FormatException($"Hyperparameter '{nameKey}' must name an optimizer that is known here, was '{name}'.");
        }

        TakeDefaults(hyperparameters, family);
        return translate(hyperparameters);
    }

    private static void TakeDefaults(SourceHyperparameters hyperparameters, string family) =>
        hyperparameters.TakeDefaults(Defaults.TryGetProperty(family, out var defaults) ? defaults : default);

    private static string Key(Recording recording) => recording.Variant is null ? recording.Family : $"{recording.Family}/{recording.Variant}";
}
