namespace Optim;

/// <content>The common deep-learning schedules with warmup: Hugging Face's and pytorch-image-models', with those libraries' parameters.</content>
public abstract partial record Schedule
{
    /// <summary>Linear warmup, then a half-cosine decay; see <see cref="WarmupCosineSchedule"/>.</summary>
    /// <param name="peak">The value at the peak.</param>
    /// <param name="warmupSteps">The warmup steps; 0 for none.</param>
    /// <param name="totalSteps">The total steps, warmup and decay; more than <paramref name="warmupSteps"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule WarmupCosine(double peak, long warmupSteps, long totalSteps) =>
        new WarmupCosineSchedule(peak, warmupSteps, totalSteps);

    /// <summary>Linear warmup, linear decay, then the end value: BERT's. Hugging Face's <c>get_linear_schedule_with_warmup</c> starts at 0.</summary>
    /// <param name="peak">The value at the peak.</param>
    /// <param name="warmupSteps">W, the steps of the rise; 0 for none.</param>
    /// <param name="totalSteps">The total steps, warmup and decay; more than <paramref name="warmupSteps"/>.</param>
    /// <param name="endValue">The value from <paramref name="totalSteps"/> on. Default 0.</param>
    /// <param name="startValue">The first value; null, the default, for peak / W.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule WarmupLinear(double peak, long warmupSteps, long totalSteps, double endValue = 0, double? startValue = null) =>
        Linear(peak, endValue, Fall(warmupSteps, totalSteps)).AfterWarmup(warmupSteps, startValue: startValue);

    /// <summary>Linear warmup to a constant value. Hugging Face's <c>get_constant_schedule_with_warmup</c> starts at 0.</summary>
    /// <param name="value">The value at the peak.</param>
    /// <param name="warmupSteps">W, the steps of the rise; 0 for none.</param>
    /// <param name="startValue">The first value; null, the default, for value / W.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule WarmupConstant(double value, long warmupSteps, double? startValue = null) =>
        Constant(Constraint.Finite.Check(value, nameof(value))).AfterWarmup(warmupSteps, startValue: startValue);

    /// <summary>
    /// Linear warmup, then a cosine of any number of cycles: Hugging Face's <c>get_cosine_schedule_with_warmup</c> and, with an end
    /// value, <c>get_cosine_with_min_lr_schedule_with_warmup</c>, which start at 0 and are periodic.
    /// </summary>
    /// <param name="peak">The value at the peak.</param>
    /// <param name="warmupSteps">W, the steps of the rise; 0 for none.</param>
    /// <param name="totalSteps">The total steps, warmup and cosine; more than <paramref name="warmupSteps"/>.</param>
    /// <param name="numCycles">The number of full cosine cycles. Default 1/2: down once.</param>
    /// <param name="endValue">The value at the trough. Default 0.</param>
    /// <param name="startValue">The first value; null, the default, for peak / W.</param>
    /// <param name="periodic">Whether it continues after its end instead of staying constant. Default false.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule WarmupCosineCycles(
        double peak, long warmupSteps, long totalSteps, double numCycles = 0.5, double endValue = 0, double? startValue = null, bool periodic = false) =>
        new CosineSchedule(peak, Fall(warmupSteps, totalSteps), endValue, numCycles, periodic: periodic).AfterWarmup(warmupSteps, startValue: startValue);

    /// <summary>
    /// Linear warmup, then half cosines, each restarting at the peak, then the end value: Hugging Face's
    /// <c>get_cosine_with_hard_restarts_schedule_with_warmup</c>, which starts at 0.
    /// </summary>
    /// <param name="peak">The value at the peak.</param>
    /// <param name="warmupSteps">W, the steps of the rise; 0 for none.</param>
    /// <param name="totalSteps">The total steps, warmup and decays; more than <paramref name="warmupSteps"/>.</param>
    /// <param name="numCycles">The number of decays; 1 or more. Default 1.</param>
    /// <param name="endValue">The final value of each cycle. Default 0.</param>
    /// <param name="startValue">The first value; null, the default, for peak / W.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule WarmupCosineRestarts(
        double peak, long warmupSteps, long totalSteps, int numCycles = 1, double endValue = 0, double? startValue = null) =>
        new CosineSchedule(peak, Fall(warmupSteps, totalSteps), endValue, Constraint.CheckCount(numCycles, name: nameof(numCycles)) / 2.0, hardRestarts: true)
            .AfterWarmup(warmupSteps, startValue: startValue);

    /// <summary>Linear warmup, polynomial decay, then the end value: Hugging Face's <c>get_polynomial_decay_schedule_with_warmup</c>, which starts at 0.</summary>
    /// <param name="peak">The value at the peak.</param>
    /// <param name="warmupSteps">W, the steps of the rise; 0 for none.</param>
    /// <param name="totalSteps">The total steps, warmup and decay; more than <paramref name="warmupSteps"/>.</param>
    /// <param name="power">The power, more than 0. Default 1.</param>
    /// <param name="endValue">The value from <paramref name="totalSteps"/> on (lr_end). Default 1e-7.</param>
    /// <param name="startValue">The first value; null, the default, for peak / W.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule WarmupPolynomial(
        double peak, long warmupSteps, long totalSteps, double power = 1, double endValue = 1e-7, double? startValue = null) =>
        Polynomial(peak, Fall(warmupSteps, totalSteps), power, endValue).AfterWarmup(warmupSteps, startValue: startValue);

    /// <summary>
    /// Linear warmup, then <c>peak / sqrt(1 + (t - W) / timescale)</c>: Hugging Face's <c>get_inverse_sqrt_schedule</c>, which starts at 0.
    /// </summary>
    /// <param name="peak">The value at the peak.</param>
    /// <param name="warmupSteps">W, the steps of the rise; 0 for none.</param>
    /// <param name="timescale">The steps per unit of time; null, the default, for W, or 10000 if that is 0.</param>
    /// <param name="startValue">The first value; null, the default, for peak / W.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule WarmupInverseSqrt(double peak, long warmupSteps, long? timescale = null, double? startValue = null) =>
        InverseTime(peak, 1, timescale ?? (warmupSteps > 0 ? warmupSteps : 10_000), 0.5).AfterWarmup(warmupSteps, startValue: startValue);

    /// <summary>Linear warmup, constant, linear decay, then the end value: the trapezoid (Zhai et al. 2022; Hu et al. 2024, MiniCPM).</summary>
    /// <param name="peak">The value of the constant phase.</param>
    /// <param name="warmupSteps">W, the steps of the rise; 0 for none.</param>
    /// <param name="stableSteps">The steps of the constant phase; 0 or more.</param>
    /// <param name="decaySteps">The steps of the decay; 1 or more.</param>
    /// <param name="endValue">The value after the decay. Default 0.</param>
    /// <param name="startValue">The first value; null, the default, for peak / W.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule WarmupStableDecay(
        double peak, long warmupSteps, long stableSteps, long decaySteps, double endValue = 0, double? startValue = null)
    {
        Constraint.Finite.Check(peak, nameof(peak));
        Constraint.CheckSteps(stableSteps, 0, nameof(stableSteps));
        Constraint.CheckSteps(decaySteps, 1, nameof(decaySteps));
        return Constant(peak).Then(Linear(peak, endValue, decaySteps), stableSteps).AfterWarmup(warmupSteps, startValue: startValue);
    }

    /// <summary>pytorch-image-models' <c>CosineLRScheduler</c>; see <see cref="RestartsSchedule"/> and <see cref="WarmupSchedule"/>.</summary>
    /// <param name="value">The value at the peak of the first cycle.</param>
    /// <param name="tInitial">The steps of the first cycle.</param>
    /// <param name="lrMin">The final value of each cycle. Default 0.</param>
    /// <param name="cycleMul">The ratio of each cycle's length to the one before; 1 or more. Default 1.</param>
    /// <param name="cycleDecay">The ratio of each cycle's initial value to the one before. Default 1.</param>
    /// <param name="cycleLimit">The number of cycles, after which the value is <paramref name="lrMin"/>; 0 for no limit. Default 1.</param>
    /// <param name="warmupT">The steps of the warmup. Default 0.</param>
    /// <param name="warmupLrInit">The first value of the warmup. Default 0.</param>
    /// <param name="warmupPrefix">Whether the cycles begin after the warmup rather than at step 0, hidden behind it. Default false.</param>
    /// <param name="kDecay">k: above 1 the decay begins later. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule TimmCosine(
        double value, long tInitial, double lrMin = 0, double cycleMul = 1, double cycleDecay = 1, int cycleLimit = 1,
        long warmupT = 0, double warmupLrInit = 0, bool warmupPrefix = false, double kDecay = 1) =>
        new WarmupSchedule(
            new RestartsSchedule(value, tInitial, lrMin, cycleMul, cycleDecay, cycleLimit, kDecay: kDecay), warmupT, startValue: warmupLrInit, overlap: !warmupPrefix);

    /// <summary>pytorch-image-models' <c>PolyLRScheduler</c>; see <see cref="RestartsSchedule"/> and <see cref="WarmupSchedule"/>.</summary>
    /// <param name="value">The value at the peak of the first cycle.</param>
    /// <param name="tInitial">The steps of the first cycle.</param>
    /// <param name="power">The power, more than 0. Default 0.5.</param>
    /// <param name="lrMin">The final value of each cycle. Default 0.</param>
    /// <param name="cycleMul">The ratio of each cycle's length to the one before; 1 or more. Default 1.</param>
    /// <param name="cycleDecay">The ratio of each cycle's initial value to the one before. Default 1.</param>
    /// <param name="cycleLimit">The number of cycles, after which the value is <paramref name="lrMin"/>; 0 for no limit. Default 1.</param>
    /// <param name="warmupT">The steps of the warmup. Default 0.</param>
    /// <param name="warmupLrInit">The first value of the warmup. Default 0.</param>
    /// <param name="warmupPrefix">Whether the cycles begin after the warmup rather than at step 0, hidden behind it. Default false.</param>
    /// <param name="kDecay">k: above 1 the decay begins later. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule TimmPoly(
        double value, long tInitial, double power = 0.5, double lrMin = 0, double cycleMul = 1, double cycleDecay = 1, int cycleLimit = 1,
        long warmupT = 0, double warmupLrInit = 0, bool warmupPrefix = false, double kDecay = 1) =>
        new WarmupSchedule(
            new RestartsSchedule(value, tInitial, lrMin, cycleMul, cycleDecay, cycleLimit, RestartCurve.Polynomial, kDecay, power),
            warmupT, startValue: warmupLrInit, overlap: !warmupPrefix);

    /// <summary>pytorch-image-models' <c>TanhLRScheduler</c>; see <see cref="RestartsSchedule"/> and <see cref="WarmupSchedule"/>.</summary>
    /// <remarks>The warmup leads to the value of step 0, whereas the original, without <paramref name="warmupPrefix"/>, leads to that of step <paramref name="warmupT"/>.</remarks>
    /// <param name="value">The upper value of the first cycle, which starts slightly below it.</param>
    /// <param name="tInitial">The steps of the first cycle.</param>
    /// <param name="lb">The lower argument of the tanh. Default -7.</param>
    /// <param name="ub">The upper argument; more than <paramref name="lb"/>. Default 3.</param>
    /// <param name="lrMin">The final value of each cycle. Default 0.</param>
    /// <param name="cycleMul">The ratio of each cycle's length to the one before; 1 or more. Default 1.</param>
    /// <param name="cycleDecay">The ratio of each cycle's initial value to the one before. Default 1.</param>
    /// <param name="cycleLimit">The number of cycles, after which the value is <paramref name="lrMin"/>; 0 for no limit. Default 1.</param>
    /// <param name="warmupT">The steps of the warmup. Default 0.</param>
    /// <param name="warmupLrInit">The first value of the warmup. Default 0.</param>
    /// <param name="warmupPrefix">Whether the cycles begin after the warmup rather than at step 0, hidden behind it. Default false.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule TimmTanh(
        double value, long tInitial, double lb = -7, double ub = 3, double lrMin = 0, double cycleMul = 1, double cycleDecay = 1, int cycleLimit = 1,
        long warmupT = 0, double warmupLrInit = 0, bool warmupPrefix = false) =>
        new WarmupSchedule(
            new RestartsSchedule(value, tInitial, lrMin, cycleMul, cycleDecay, cycleLimit, RestartCurve.Tanh, tanhLower: lb, tanhUpper: ub),
            warmupT, startValue: warmupLrInit, overlap: !warmupPrefix);

    /// <summary>The steps remaining after the warmup.</summary>
    private static long Fall(long warmupSteps, long totalSteps)
    {
        Constraint.CheckSteps(warmupSteps, 0, nameof(warmupSteps));
        return totalSteps > warmupSteps
            ? totalSteps - warmupSteps
            : throw new ArgumentOutOfRangeException(
                nameof(totalSteps), FormattableString.Invariant($"{nameof(totalSteps)} must be more than {nameof(warmupSteps)}, {warmupSteps}, was {totalSteps}."));
    }
}
