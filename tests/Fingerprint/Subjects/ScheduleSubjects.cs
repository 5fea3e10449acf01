namespace Optim.Fingerprint.Subjects;

/// <summary>Every schedule of the library: its values at the first steps, and at steps where counters of 32 bits and numbers in double end.</summary>
internal static class ScheduleSubjects
{
    private const int First = 200;

    private static readonly long[] Late = [1000, 12_345, int.MaxValue, 1L << 31, (1L << 53) + 1, long.MaxValue];

    /// <summary>The subjects.</summary>
    public static IEnumerable<Subject> Create() => All().Select(pair => new ScheduleSubject("schedule." + pair.Name, pair.Schedule));

    private static IEnumerable<(string Name, Schedule Schedule)> All() =>
    [
        ("constant", 0.3), ("table", Schedule.Table([0.1, 0.7, 1e-30])), ("piecewise", Schedule.Piecewise([7, 30], [0.3, 0.7])),
        ("constant_factor", Schedule.ConstantFactor(0.7, totalSteps: 9)), ("step", Schedule.Step(0.7, 13, 0.3)), ("multi_step", Schedule.MultiStep(0.7, [5, 50, 150], 0.3)),
        ("exponential", Schedule.Exponential(0.7, 0.987)), ("natural_exponential", Schedule.NaturalExponential(0.7, 0.0123)),
        ("inverse_time", Schedule.InverseTime(0.7, 0.3, 7, 0.37)), ("linear", Schedule.Linear(0.1, 0.7, 97)), ("polynomial", Schedule.Polynomial(0.7, 97, 1.7, 0.1)),
        ("cosine", Schedule.Cosine(0.7, 97, 0.1)), ("cosine_periodic", Schedule.Cosine(0.7, 13, 0.1, periodic: true)),
        ("restarts", Schedule.CosineRestarts(0.7, 11, 1.7, 0.1)), ("cyclic", Schedule.Cyclic(0.1, 0.7, 7, 11)),
        ("cyclic_exp_range", Schedule.Cyclic(0.1, 0.7, 7, 11, CyclicMode.ExpRange, 0.987)), ("one_cycle", Schedule.OneCycle(0.7, 97)),
        ("one_cycle_linear", Schedule.OneCycle(0.7, 97, 0.37, AnnealStrategy.Linear, threePhase: true)), ("one_cycle_momentum", Schedule.OneCycle(0.7, 97).Momentum()),
        ("noam", Schedule.Noam(37, 13)), ("on_plateau", Schedule.ReduceOnPlateau(0.7, 0.3, 2, requiresLoss: false)), ("warmup_cosine", Schedule.WarmupCosine(0.7, 13, 97)),
        ("warmup_linear", Schedule.WarmupLinear(0.7, 13, 97, 0.1, 0.01)), ("warmup_constant", Schedule.WarmupConstant(0.7, 13)),
        ("warmup_cosine_cycles", Schedule.WarmupCosineCycles(0.7, 13, 97, 1.7)), ("warmup_cosine_restarts", Schedule.WarmupCosineRestarts(0.7, 13, 97, 3)),
        ("warmup_polynomial", Schedule.WarmupPolynomial(0.7, 13, 97, 1.7)), ("warmup_inverse_sqrt", Schedule.WarmupInverseSqrt(0.7, 13)),
        ("warmup_stable_decay", Schedule.WarmupStableDecay(0.7, 13, 30, 50)), ("timm_cosine", Schedule.TimmCosine(0.7, 23, 0.1, 1.7, 0.3, 3, 5, kDecay: 1.3)),
        ("timm_poly", Schedule.TimmPoly(0.7, 23, 1.7, 0.1, 1.7, 0.3, 3, 5)), ("timm_tanh", Schedule.TimmTanh(0.7, 23, lrMin: 0.1, cycleLimit: 3)),
        ("algebra", ((Schedule.Cosine(0.7, 30) * Schedule.Exponential(1, 0.99)) + 0.01).Clamp(0.1, 0.6).Shift(3).Then(Schedule.Linear(0.1, 0.7, 50), 60).AfterWarmup(7)),
    ];

    private sealed class ScheduleSubject(string name, Schedule schedule) : Subject(name)
    {
        protected override bool HasSingle => false;

        protected override void Write<T>(Digest digest)
        {
            for (long step = 0; step < First; step++)
            {
                digest.Add(schedule.At(step));
            }

            foreach (long step in Late)
            {
                digest.Add(schedule.At(step));
            }
        }
    }
}
