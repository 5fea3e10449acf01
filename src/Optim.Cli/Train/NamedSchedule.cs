namespace Optim.Cli.Train;

/// <summary>A named learning-rate schedule, sized for a run.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Summary">A short description.</param>
/// <param name="Create">From a rate, the steps of the run and those of an epoch to the schedule.</param>
internal sealed record NamedSchedule(string Name, string Summary, Func<double, long, long, Schedule> Create)
{
    /// <summary>The warmup fraction of the run, and the step-decay factor.</summary>
    private const int WarmupShare = 20, Stairs = 3;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<NamedSchedule> All { get; } =
    [
        new("constant", "the rate, always", (rate, _, _) => Schedule.Constant(rate)),
        new("cosine", "half-cosine decay to 0", (rate, steps, _) => Schedule.Cosine(rate, steps)),
        new("warmup-cosine", "linear warmup for a twentieth of the run, then cosine", (rate, steps, _) =>
            steps > 1 ? Schedule.WarmupCosine(rate, Warmup(steps), steps) : Schedule.Constant(rate)),
        new("linear", "linear decay to 0", (rate, steps, _) => Schedule.Linear(rate, 0, steps)),
        new("warmup-linear", "linear warmup for a twentieth of the run, then linear decay", (rate, steps, _) =>
            steps > 1 ? Schedule.WarmupLinear(rate, Warmup(steps), steps) : Schedule.Constant(rate)),
        new("warmup-constant", "linear warmup for a twentieth of the run, then constant", (rate, steps, _) => Schedule.WarmupConstant(rate, Warmup(steps))),
        new("polynomial", "quadratic decay to 0", (rate, steps, _) => Schedule.Polynomial(rate, steps, power: 2)),
        new("step", "divided by 10 after each third of the run", (rate, steps, _) => Schedule.Step(rate, (steps + Stairs - 1) / Stairs)),
        new("restarts", "half-cosine decay each epoch, with warm restarts", (rate, _, epoch) => Schedule.CosineRestarts(rate, epoch)),
        new("one-cycle", "up from a 25th in three tenths of the run, then far down", (rate, steps, _) => Schedule.OneCycle(rate, steps)),
        new("plateau", "divided by 10 when the loss has not improved for an epoch", (rate, _, epoch) => Schedule.ReduceOnPlateau(rate, patience: epoch)),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(schedule => schedule.Name)];

    /// <summary>Finds a schedule by name, ignoring case.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static NamedSchedule Find(string name) => All.FirstOrDefault(schedule => schedule.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"--schedule must be a known name, was '{name}'; {UnknownName.Hint(name, [.. Names])}");

    private static long Warmup(long steps) => Math.Max(1, steps / WarmupShare);
}
