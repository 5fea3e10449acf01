using System.Text.Json;

namespace Optim.Conformance;

/// <summary>The schedules of recorded cases, from the schedulers that their hyperparameters name.</summary>
internal static class ScheduleFamilies
{
    private const string NameKey = "scheduler";

    private const string NegativeThreshold = "torch-quirk-negative-relative-threshold";

    private static readonly JsonElement OfAMetric = JsonDocument.Parse("""{ "scheduler": "ReduceLROnPlateau" }""").RootElement;

    /// <summary>PyTorch's, Hugging Face's and pytorch-image-models' schedulers, with those libraries' defaults; further ones by their family.</summary>
    private static readonly Dictionary<string, Func<SourceHyperparameters, Schedule>> Translators = new(SourceSchedules.All, StringComparer.Ordinal)
    {
        ["ConstantLR"] = h => Schedule.ConstantFactor(Rate(h), h.OptionalNumber("factor") ?? 1 / 3.0, Steps(h, "total_iters", 5)),
        ["StepLR"] = h => Schedule.Step(Rate(h), h.Count("step_size"), h.OptionalNumber("gamma") ?? 0.1),
        ["MultiStepLR"] = h => Schedule.MultiStep(Rate(h), h.Numbers("milestones").Select(m => (long)m), h.OptionalNumber("gamma") ?? 0.1),
        ["ExponentialLR"] = h => Schedule.Exponential(Rate(h), h.Number("gamma")),
        ["LinearLR"] = h => Schedule.Linear(
            Rate(h) * (h.OptionalNumber("start_factor") ?? 1 / 3.0), Rate(h) * (h.OptionalNumber("end_factor") ?? 1), Steps(h, "total_iters", 5)),
        ["PolynomialLR"] = h => Schedule.Polynomial(Rate(h), Steps(h, "total_iters", 5), h.OptionalNumber("power") ?? 1),
        ["CosineAnnealingLR"] = h => Schedule.Cosine(Rate(h), h.Count("T_max"), h.OptionalNumber("eta_min") ?? 0, periodic: true),
        ["CosineAnnealingWarmRestarts"] = h =>
            Schedule.CosineRestarts(Rate(h), h.Count("T_0"), h.OptionalNumber("T_mult") ?? 1, h.OptionalNumber("eta_min") ?? 0),
        ["CyclicLR"] = Cyclic,
        ["OneCycleLR"] = OneCycle,
        ["ChainedScheduler"] = h => Parts(h).Aggregate((product, part) => product * part.Scale(1 / Rate(h))),
        ["SequentialLR"] = h => new JoinSchedule(Parts(h), h.Numbers("milestones").Select(m => (long)m)),
        ["ReduceLROnPlateau"] = h => Schedule.ReduceOnPlateau(
            Rate(h), h.OptionalNumber("factor") ?? 0.1, Steps(h, "patience", 10), h.OptionalNumber("threshold") ?? 1e-4,
            h.Has("threshold_mode") && h.Choice("threshold_mode", "rel", "abs") == "abs" ? PlateauThreshold.Absolute : PlateauThreshold.Relative,
            h.Has("mode") && h.Choice("mode", "min", "max") == "max" ? PlateauMode.Max : PlateauMode.Min,
            Steps(h, "cooldown", 0), h.OptionalNumber("min_lr") ?? 0, h.OptionalNumber("eps") ?? 1e-8),
        ["LambdaLR"] = HuggingFace,
        ["CosineLRScheduler"] = h => Schedule.TimmCosine(
            Rate(h), h.Count("t_initial"), h.OptionalNumber("lr_min") ?? 0, h.OptionalNumber("cycle_mul") ?? 1, h.OptionalNumber("cycle_decay") ?? 1,
            (int)Steps(h, "cycle_limit", 1), Steps(h, "warmup_t", 0), h.OptionalNumber("warmup_lr_init") ?? 0, Flag(h, "warmup_prefix"), h.OptionalNumber("k_decay") ?? 1),
        ["PolyLRScheduler"] = h => OfKind(h, "poly", Schedule.TimmPoly(
            Rate(h), h.Count("t_initial"), h.OptionalNumber("power") ?? 0.5, h.OptionalNumber("lr_min") ?? 0,
            warmupT: Steps(h, "warmup_t", 0), warmupLrInit: h.OptionalNumber("warmup_lr_init") ?? 0)),
        ["timm_poly_cycles"] = h => Schedule.TimmPoly(
            Rate(h), h.Count("t_initial"), h.OptionalNumber("power") ?? 0.5, h.OptionalNumber("lr_min") ?? 0, h.OptionalNumber("cycle_mul") ?? 1,
            h.OptionalNumber("cycle_decay") ?? 1, (int)Steps(h, "cycle_limit", 1), Steps(h, "warmup_t", 0), h.OptionalNumber("warmup_lr_init") ?? 0,
            Flag(h, "warmup_prefix"), h.OptionalNumber("k_decay") ?? 1),
        ["TanhLRScheduler"] = h => OfKind(h, "tanh", Schedule.TimmTanh(
            Rate(h), h.Count("t_initial"), h.OptionalNumber("lb") ?? -7, h.OptionalNumber("ub") ?? 3, h.OptionalNumber("lr_min") ?? 0)),
    };

    public static string? SkipReason(Recording recording)
    {
        var hyperparameters = Hyperparameters(recording);
        return !Translators.ContainsKey(hyperparameters.Text(NameKey)) ? $"no schedule for '{hyperparameters.Text(NameKey)}'"
            : recording.Variant is null or NegativeThreshold ? null
            : $"no schedule for the variant '{recording.Variant}'";
    }

    /// <summary>The schedule of a case, every hyperparameter understood.</summary>
    public static Schedule Translate(Recording recording)
    {
        var hyperparameters = Hyperparameters(recording);
        Schedule schedule;
        try
        {
            schedule = Of(hyperparameters, NameKey);
            if (schedule is CyclicSchedule or OneCycleSchedule)
            {
                Momentum(hyperparameters);
            }
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw recording.Error("hyperparameters", e.Message, e);
        }

        var unread = hyperparameters.Unread();
        if (unread.Count > 0)
        {
            throw recording.Error("hyperparameters", $"every one must be understood; the schedule takes no notice of: {string.Join(", ", unread)}.");
        }

        return recording.Variant == NegativeThreshold && schedule is ReduceOnPlateauSchedule p
            ? new ReduceOnPlateauSchedule(
                p.Value, p.Factor, p.Patience, p.Threshold, PlateauThreshold.SignedRelative, p.Mode, p.Cooldown, p.MinValue, p.Epsilon)
            : schedule;
    }

    /// <summary>The momentum that cycles opposite to a case's schedule.</summary>
    public static Schedule Momentum(Recording recording) => Momentum(recording.Hyperparameters());

    /// <summary>A case that says nothing but what differs names no scheduler: where it has metrics it is the one that follows them.</summary>
    private static SourceHyperparameters Hyperparameters(Recording recording)
    {
        var hyperparameters = recording.Hyperparameters();
        if (recording.IsAbridged)
        {
            hyperparameters.TakeDefaults(OfAMetric);
        }
        else if (!hyperparameters.Has(NameKey))
        {
            // Then the family says it.
            hyperparameters.TakeDefaults(JsonSerializer.SerializeToElement(new Dictionary<string, string> { [NameKey] = recording.Family }));
        }

        return hyperparameters;
    }

    private static Schedule Momentum(SourceHyperparameters h)
    {
        double high = h.Number("max_momentum"), low = h.Number("base_momentum");
        return Of(h, NameKey) switch
        {
            CyclicSchedule cyclic => cyclic.Momentum(high, low),
            OneCycleSchedule oneCycle => oneCycle.Momentum(high, low),
            var other => throw new FormatException($"There is no momentum that cycles with {other}."),
        };
    }

    private static Schedule Of(SourceHyperparameters h, string nameKey) => Translators.TryGetValue(h.Text(nameKey), out var translate)
        ? translate(h)
        : throw new FormatException($"Hyperparameter '{nameKey}' must name a scheduler that is known here, was '{h.Text(nameKey)}'.");

    private static CyclicSchedule Cyclic(SourceHyperparameters h) => Schedule.Cyclic(
        h.Number("base_lr"), h.Number("max_lr"), Steps(h, "step_size_up", 2000), h.OptionalNumber("step_size_down") is { } down ? (long)down : null,
        h.Choice("mode", "triangular", "triangular2", "exp_range") switch
        {
            "triangular" => CyclicMode.Triangular,
            "triangular2" => CyclicMode.Triangular2,
            _ => CyclicMode.ExpRange,
        },
        h.OptionalNumber("gamma") ?? 1);

    private static OneCycleSchedule OneCycle(SourceHyperparameters h) => Schedule.OneCycle(
        h.Number("max_lr"), h.Count("total_steps"), h.Number("pct_start"),
        h.Choice("anneal_strategy", "cos", "linear") == "cos" ? AnnealStrategy.Cosine : AnnealStrategy.Linear,
        h.Number("div_factor"), h.Number("final_div_factor"), h.Flag("three_phase"));

    private static Schedule HuggingFace(SourceHyperparameters h)
    {
        // The recording says in words what each kind is; the words are for people.
        h.Text("definition");
        string kind = h.Choice(
            "kind", "linear", "cosine", "cosine_with_hard_restarts", "polynomial", "constant_with_warmup", "inverse_sqrt", "cosine_with_min_lr");
        double rate = Rate(h);
        int warmup = h.Count("num_warmup_steps");
        long Total() => h.Count("num_training_steps");
        return kind switch
        {
            "linear" => Schedule.WarmupLinear(rate, warmup, Total(), startValue: 0),
            "cosine" => Schedule.WarmupCosineCycles(rate, warmup, Total(), h.Number("num_cycles"), startValue: 0, periodic: true),
            "cosine_with_min_lr" => Schedule.WarmupCosineCycles(
                rate, warmup, Total(), h.Number("num_cycles"), rate * h.Number("min_lr_rate"), startValue: 0, periodic: true),
            "cosine_with_hard_restarts" => Schedule.WarmupCosineRestarts(rate, warmup, Total(), h.Count("num_cycles"), startValue: 0),
            "polynomial" => Schedule.WarmupPolynomial(rate, warmup, Total(), h.Number("power"), h.Number("lr_end"), startValue: 0),
            "inverse_sqrt" => Schedule.WarmupInverseSqrt(rate, warmup, h.Count("timescale"), startValue: 0),
            _ => Schedule.WarmupConstant(rate, warmup, startValue: 0),
        };
    }

    /// <summary>The schedulers in a list, which all have the outer rate.</summary>
    private static IReadOnlyList<Schedule> Parts(SourceHyperparameters h) => [.. h.NestedList("schedulers").Select(part => Of(part, "name"))];

    private static double Rate(SourceHyperparameters h) => h.LearningRate.At(0);

    private static long Steps(SourceHyperparameters h, string name, long usual) => h.OptionalNumber(name) is null ? usual : h.Count(name);

    private static bool Flag(SourceHyperparameters h, string name) => h.Has(name) && h.Flag(name);

    /// <summary>A schedule whose recording names its kind once more.</summary>
    private static Schedule OfKind(SourceHyperparameters h, string kind, Schedule schedule)
    {
        h.Choice("kind", kind);
        return schedule;
    }
}
