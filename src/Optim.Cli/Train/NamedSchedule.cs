namespace Optim.Cli.Train;

/// <summary>A schedule of the learning rate by name, made to measure for a run.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Summary">What it does, in a few words.</param>
/// <param name="Create">From a rate, the steps of the run and those of an epoch to the schedule.</param>
internal sealed record NamedSchedule(string Name, string Summary, Func<double, long, long, Schedule> Create)
{
    /// <summary>The share of the run in which a warmup rises, and the factor of a stair.</summary>
    private const int WarmupShare = 20, Stairs = 3;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<NamedSchedule> All { get; } =
    [
        new("constant", "the rate, always", (rate, _, _) => Schedule.Constant(rate)),
        new("cosine", "down along half a cosine, to 0 at the end", (rate, steps, _) => Schedule.Cosine(rate, steps)),
        new("warmup-cosine", "up in a line for a twentieth of the run, then cosine", (rate, steps, _) =>
            steps > 1 ? Schedule.WarmupCosine(rate, Warmup(steps), steps) : Schedule.Constant(rate)),
        new("linear", "down in a line, to 0 at the end", (rate, steps, _) => Schedule.Linear(rate, 0, steps)),
        new("warmup-linear", "up in a line for a twentieth of the run, then linear", (rate, steps, _) =>
            steps > 1 ? Schedule.WarmupLinear(rate, Warmup(steps), steps) : Schedule.Constant(rate)),
        new("warmup-constant", "up in a line for a twentieth of the run, then the rate", (rate, steps, _) => Schedule.WarmupConstant(rate, Warmup(steps))),
        new("polynomial", "down along a parabola, to 0 at the end", (rate, steps, _) => Schedule.Polynomial(rate, steps, power: 2)),
        new("step", "a tenth of it after each third of the run", (rate, steps, _) => Schedule.Step(rate, (steps + Stairs - 1) / Stairs)),
        new("restarts", "a half cosine each epoch, beginning at the rate again", (rate, _, epoch) => Schedule.CosineRestarts(rate, epoch)),
        new("one-cycle", "up from a 25th in three tenths of the run, then far down", (rate, steps, _) => Schedule.OneCycle(rate, steps)),
        new("plateau", "a tenth of it when the loss has not improved for an epoch", (rate, _, epoch) => Schedule.ReduceOnPlateau(rate, patience: epoch)),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(schedule => schedule.Name)];

    /// <summary>The schedule of a name, whatever its case.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static NamedSchedule Find(string name) => All.FirstOrDefault(schedule => schedule.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"--schedule must be a known name, was '{name}'; {UnknownName.Hint(name, [.. Names])}");

    private static long Warmup(long steps) => Math.Max(1, steps / WarmupShare);
}
