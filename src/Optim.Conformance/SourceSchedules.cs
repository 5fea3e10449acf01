namespace Optim.Conformance;

/// <summary>The schedules of recordings that name no scheduler, by their family: PyTorch's tables, Optax's, pytorch_optimizer's.</summary>
internal static class SourceSchedules
{
    public static IReadOnlyDictionary<string, Func<SourceHyperparameters, Schedule>> All { get; } = new Dictionary<string, Func<SourceHyperparameters, Schedule>>(StringComparer.Ordinal)
    {
        ["lambda_lr"] = h => Schedule.Table(h.Numbers("table").Select(factor => h.Number("lr") * factor)),
        ["multiplicative_lr"] = h => Schedule.Table(Products(h.Number("lr"), h.Numbers("table").Skip(1))),
        ["optax_cosine_decay"] = h => CosineDecay(
            h.Number("init_value"), h.Count("decay_steps"), (h.OptionalNumber("alpha") ?? 0) * h.Number("init_value"), h.OptionalNumber("exponent") ?? 1),
        ["optax_cosine_onecycle"] = h =>
        {
            int steps = h.Count("transition_steps");
            double peak = h.Number("peak_value"), start = peak / (h.OptionalNumber("div_factor") ?? 25);
            return Schedule.Piecewise(
                [0, (long)((h.OptionalNumber("pct_start") ?? 0.3) * steps), steps], [start, peak, start / (h.OptionalNumber("final_div_factor") ?? 1e4)], AnnealStrategy.Cosine);
        },
        ["optax_linear_onecycle"] = h =>
        {
            int steps = h.Count("transition_steps");
            double peak = h.Number("peak_value"), start = peak / (h.OptionalNumber("div_factor") ?? 25);
            return Schedule.Piecewise(
                [0, (long)((h.OptionalNumber("pct_start") ?? 0.3) * steps), (long)((h.OptionalNumber("pct_final") ?? 0.85) * steps), steps],
                [start, peak, start, start / (h.OptionalNumber("final_div_factor") ?? 1e4)]);
        },
        ["optax_exponential_decay"] = h => ExponentialDecay(h, h.Number("init_value")),
        ["optax_warmup_exponential_decay"] = h => WarmedUp(h, ExponentialDecay(h, h.Number("peak_value"))),
        ["optax_piecewise_constant"] = h =>
        {
            var (boundaries, values) = Jumps(h);
            return new JoinSchedule(values.Select(Schedule.Constant), boundaries);
        },
        ["optax_piecewise_interpolate"] = h =>
        {
            var (boundaries, values) = Jumps(h);
            return Schedule.Piecewise([0, .. boundaries], values, h.Choice("interpolate_type", "linear", "cosine") == "linear" ? AnnealStrategy.Linear : AnnealStrategy.Cosine);
        },
        ["optax_polynomial"] = h => new JoinSchedule(
            [h.Number("init_value"), Schedule.Polynomial(h.Number("init_value"), h.Count("transition_steps"), h.Number("power"), h.Number("end_value"))],
            [(long)(h.OptionalNumber("transition_begin") ?? 0)]),
        ["optax_warmup_cosine_decay"] = WarmupCosineDecay,
        ["optax_sgdr"] = h =>
        {
            var cycles = h.NestedList("cosine_kwargs");
            long end = 0;
            long[] ends = [.. cycles.Select(cycle => end += cycle.Count("decay_steps"))];
            return new JoinSchedule(cycles.Select(WarmupCosineDecay), ends.SkipLast(1));
        },
        ["rex"] = h => Schedule.Rex(h.Number("max_lr"), h.Count("total_steps"), h.Number("min_lr")),
        ["wsd"] = h =>
        {
            double rate = h.Number("lr"), end = rate * h.Number("min_lr_ratio"), cycles = h.Number("num_cycles");
            int warmup = h.Count("num_warmup_steps"), stable = h.Count("num_stable_steps"), decay = h.Count("num_decay_steps");
            Schedule cooldown = h.Choice("cooldown_type", "1-sqrt", "linear", "1-square", "cosine") switch
            {
                "cosine" => new CosineSchedule(rate, decay, end, cycles, periodic: true),
                "linear" => Schedule.Linear(rate, 0, decay),
                "1-square" => Schedule.RootDecay(rate, decay, power: 2),
                _ => Schedule.RootDecay(rate, decay),
            };
            return new JoinSchedule([Schedule.Linear(0, rate, Math.Max(warmup, 1)), rate, cooldown, end], [warmup, warmup + stable, warmup + stable + decay]);
        },
    };

    private static Schedule CosineDecay(double value, long steps, double end, double exponent) => Schedule.Cosine(value, steps, end, exponent: exponent);

    private static JoinSchedule WarmupCosineDecay(SourceHyperparameters h)
    {
        int warmup = h.Count("warmup_steps");
        double peak = h.Number("peak_value");
        return WarmedUp(h, CosineDecay(peak, h.Count("decay_steps") - warmup, h.OptionalNumber("end_value") ?? 0, h.OptionalNumber("exponent") ?? 1));
    }

    private static JoinSchedule WarmedUp(SourceHyperparameters h, Schedule decay)
    {
        int warmup = h.Count("warmup_steps");
        return new([Schedule.Linear(h.Number("init_value"), h.Number("peak_value"), Math.Max(warmup, 1)), decay], [warmup]);
    }

    private static JoinSchedule ExponentialDecay(SourceHyperparameters h, double value)
    {
        double rate = h.Number("decay_rate");
        var decay = Schedule.Exponential(value, rate, h.Count("transition_steps"), h.Has("staircase") && h.Flag("staircase"));
        if (h.OptionalNumber("end_value") is { } end)
        {
            decay = rate < 1 ? decay.Clamp(end, Math.Max(end, value)) : decay.Clamp(Math.Min(end, value), end);
        }

        return new([value, decay], [(long)(h.OptionalNumber("transition_begin") ?? 0)]);
    }

    /// <summary>Boundaries in order, and the value before the first and from each of them on: the product of the scales so far.</summary>
    private static (long[] Boundaries, double[] Values) Jumps(SourceHyperparameters h)
    {
        var jumps = h.Rows("boundaries_and_scales").OrderBy(jump => jump[0]).ToList();
        return ([.. jumps.Select(jump => (long)jump[0])], [.. Products(h.Number("init_value"), jumps.Select(jump => jump[1]))]);
    }

    private static IEnumerable<double> Products(double value, IEnumerable<double> factors)
    {
        yield return value;
        foreach (double factor in factors)
        {
            yield return value *= factor;
        }
    }
}
