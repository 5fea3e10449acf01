namespace Optim;

/// <content>Factory methods for all schedules.</content>
public abstract partial record Schedule
{
    /// <summary>The same value at every step.</summary>
    /// <param name="value">The value.</param>
    public static Schedule Constant(double value) => new ConstantSchedule(value);

    /// <summary>A function of the step, under a name: PyTorch's <c>LambdaLR</c>. It is compared, printed and saved by the name; see <see cref="FunctionSchedule"/>.</summary>
    /// <param name="name">The name, which stands for the function: another function has another one.</param>
    /// <param name="function">From the number of steps taken before, 0 or more, to the value; the same for the same step.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static Schedule OfFunction(string name, Func<long, double> function) => new FunctionSchedule(name, function);

    /// <summary>A schedule that follows the losses, under a name; it needs the loss of each step. The numbers that it keeps are scalars of the state, saved with it. See <see cref="FunctionSchedule"/>.</summary>
    /// <param name="name">The name, which stands for the functions.</param>
    /// <param name="kept">The numbers kept from step to step, and what they are before the first.</param>
    /// <param name="observe">From a step's loss, and what was kept, to what is kept: <c>h => h.Keep("best", Math.Min(h["best"], h.Loss))</c>.</param>
    /// <param name="value">From what is kept, this step's loss observed, to the value.</param>
    /// <exception cref="ArgumentException">The name is empty, nothing is kept, or a number's name occurs twice.</exception>
    public static Schedule OfLosses(string name, IEnumerable<ScalarDeclaration> kept, Func<LossHistory, LossHistory> observe, Func<LossHistory, double> value) =>
        new FunctionSchedule(name, kept, observe, value);

    /// <summary>A value for each step; see <see cref="TableSchedule"/>.</summary>
    /// <param name="values">The values of step 0, 1, ...; the last one holds afterwards.</param>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Schedule Table(IEnumerable<double> values) => new TableSchedule(values);

    /// <summary>Interpolation between points; see <see cref="PiecewiseSchedule"/>.</summary>
    /// <param name="steps">The points' steps, ascending.</param>
    /// <param name="values">The value at each of them.</param>
    /// <param name="strategy">How it goes from one point to the next. Default linear.</param>
    /// <exception cref="ArgumentException">The steps do not ascend, or there are not as many values as steps.</exception>
    public static Schedule Piecewise(IEnumerable<long> steps, IEnumerable<double> values, AnnealStrategy strategy = AnnealStrategy.Linear) => new PiecewiseSchedule(steps, values, strategy);

    /// <summary>A fraction of a value at first, then the full value: PyTorch's <c>ConstantLR</c>.</summary>
    /// <param name="value">The value from <paramref name="totalSteps"/> on.</param>
    /// <param name="factor">The fraction before that. Default 1/3.</param>
    /// <param name="totalSteps">The steps with the fraction, 0 or more. Default 5.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule ConstantFactor(double value, double factor = 1 / 3.0, long totalSteps = 5) =>
        Constant(Constraint.Finite.Check(value, nameof(value)) * Constraint.Finite.Check(factor, nameof(factor))).Then(value, totalSteps);

    /// <summary>Step decay at equal intervals: <c>value gamma^floor(t / stepSize)</c>; see <see cref="StepSchedule"/>.</summary>
    /// <param name="value">The value of the first interval.</param>
    /// <param name="stepSize">The steps per interval.</param>
    /// <param name="gamma">The factor between intervals. Default 0.1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule Step(double value, long stepSize, double gamma = 0.1) => new StepSchedule(value, stepSize, gamma);

    /// <summary>Step decay at given milestones; see <see cref="MultiStepSchedule"/>.</summary>
    /// <param name="value">The value before the first milestone.</param>
    /// <param name="milestones">The first step of each further interval: 1 or more, ascending; repeats count repeatedly.</param>
    /// <param name="gamma">The factor at each milestone. Default 0.1.</param>
    /// <exception cref="ArgumentException">A value is out of its range, or the milestones do not ascend.</exception>
    public static Schedule MultiStep(double value, IEnumerable<long> milestones, double gamma = 0.1) => new MultiStepSchedule(value, milestones, gamma);

    /// <summary>Exponential decay: <c>value gamma^(t / N)</c>; see <see cref="ExponentialSchedule"/>.</summary>
    /// <param name="value">The value at step 0.</param>
    /// <param name="gamma">The factor of each N steps; 0 or more.</param>
    /// <param name="decaySteps">N; 1 or more. Default 1.</param>
    /// <param name="staircase">Whether the value falls at every N-th step alone. Default false.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule Exponential(double value, double gamma, long decaySteps = 1, bool staircase = false) => new ExponentialSchedule(value, gamma, decaySteps, staircase);

    /// <summary>Natural exponential decay: <c>value e^(-k t)</c>; see <see cref="NaturalExponentialSchedule"/>.</summary>
    /// <param name="value">The value at step 0.</param>
    /// <param name="decayRate">k; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule NaturalExponential(double value, double decayRate) => new NaturalExponentialSchedule(value, decayRate);

    /// <summary>Inverse-time decay: <c>value / (1 + k t / decaySteps)^power</c>; see <see cref="InverseTimeSchedule"/>.</summary>
    /// <param name="value">The value at step 0.</param>
    /// <param name="decayRate">k; 0 or more.</param>
    /// <param name="decaySteps">The steps per unit of time. Default 1.</param>
    /// <param name="power">The power, 0 or more. Default 1; 1/2 for the inverse square root.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule InverseTime(double value, double decayRate, long decaySteps = 1, double power = 1) =>
        new InverseTimeSchedule(value, decayRate, decaySteps, power);

    /// <summary>Linear from one value to another, then constant; see <see cref="LinearSchedule"/>.</summary>
    /// <param name="startValue">The value at step 0.</param>
    /// <param name="endValue">The value from <paramref name="totalSteps"/> on.</param>
    /// <param name="totalSteps">The number of steps between the two.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule Linear(double startValue, double endValue, long totalSteps) => new LinearSchedule(startValue, endValue, totalSteps);

    /// <summary>Polynomial decay to a final constant value; see <see cref="PolynomialSchedule"/>.</summary>
    /// <param name="value">The value at step 0.</param>
    /// <param name="totalSteps">The steps of the decay.</param>
    /// <param name="power">The power, more than 0. Default 1.</param>
    /// <param name="endValue">The value from <paramref name="totalSteps"/> on. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule Polynomial(double value, long totalSteps, double power = 1, double endValue = 0) =>
        new PolynomialSchedule(value, totalSteps, power, endValue);

    /// <summary>Half-cosine decay to a final constant value; see <see cref="CosineSchedule"/>.</summary>
    /// <param name="value">The value at step 0.</param>
    /// <param name="totalSteps">The steps of the decay (PyTorch's T_max).</param>
    /// <param name="endValue">The value at the end (PyTorch's eta_min). Default 0.</param>
    /// <param name="periodic">Whether it continues periodically after its end, as PyTorch's does. Default false.</param>
    /// <param name="exponent">The power of the cosine's share, more than 0. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule Cosine(double value, long totalSteps, double endValue = 0, bool periodic = false, double exponent = 1) =>
        new CosineSchedule(value, totalSteps, endValue, periodic: periodic, exponent: exponent);

    /// <summary>A cooldown, steep at first: <c>end + (value - end) (1 - (t / N)^power)</c>; see <see cref="RootDecaySchedule"/>.</summary>
    /// <param name="value">The value at step 0.</param>
    /// <param name="totalSteps">The steps of the cooldown.</param>
    /// <param name="power">The power, more than 0. Default 1/2: 1-sqrt.</param>
    /// <param name="endValue">The value at the end. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule RootDecay(double value, long totalSteps, double power = 0.5, double endValue = 0) => new RootDecaySchedule(value, totalSteps, power, endValue);

    /// <summary>REX decay, steep at the end; see <see cref="RexSchedule"/>.</summary>
    /// <param name="value">The value at step 0.</param>
    /// <param name="totalSteps">The steps of the decay.</param>
    /// <param name="endValue">The value at the end. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule Rex(double value, long totalSteps, double endValue = 0) => new RexSchedule(value, totalSteps, endValue);

    /// <summary>Half cosines with warm restarts (SGDR): PyTorch's <c>CosineAnnealingWarmRestarts</c>; see <see cref="RestartsSchedule"/>.</summary>
    /// <param name="value">The initial value of each cycle.</param>
    /// <param name="cycleSteps">The steps of the first cycle (T_0).</param>
    /// <param name="cycleMultiplier">The ratio of each cycle's length to the one before (T_mult); 1 or more. Default 1.</param>
    /// <param name="endValue">The final value of each cycle (eta_min). Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule CosineRestarts(double value, long cycleSteps, double cycleMultiplier = 1, double endValue = 0) =>
        new RestartsSchedule(value, cycleSteps, endValue, cycleMultiplier);

    /// <summary>Triangular cycles: PyTorch's <c>CyclicLR</c>; see <see cref="CyclicSchedule"/>.</summary>
    /// <param name="baseValue">The value at step 0.</param>
    /// <param name="maxValue">The value at the first peak.</param>
    /// <param name="stepSizeUp">The steps of the rising half. Default 2000.</param>
    /// <param name="stepSizeDown">The steps of the falling half; null, the default, for as many as the rising half.</param>
    /// <param name="mode">How the amplitude changes. Default <see cref="CyclicMode.Triangular"/>.</param>
    /// <param name="gamma">The amplitude's factor per step, for <see cref="CyclicMode.ExpRange"/> only. Default 1.</param>
    /// <returns>The schedule; its <see cref="CyclicSchedule.Momentum"/> cycles inversely.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static CyclicSchedule Cyclic(
        double baseValue, double maxValue, long stepSizeUp = 2000, long? stepSizeDown = null, CyclicMode mode = CyclicMode.Triangular, double gamma = 1) =>
        new(baseValue, maxValue, stepSizeUp, stepSizeDown, mode, gamma);

    /// <summary>One cycle in exactly N steps: PyTorch's <c>OneCycleLR</c>; see <see cref="OneCycleSchedule"/>.</summary>
    /// <param name="maxValue">The value at the peak.</param>
    /// <param name="totalSteps">N.</param>
    /// <param name="pctStart">The fraction of the steps in which the value rises. Default 0.3.</param>
    /// <param name="annealStrategy">How each phase interpolates. Default <see cref="AnnealStrategy.Cosine"/>.</param>
    /// <param name="divFactor">The first value is the maximum divided by this; more than 0. Default 25.</param>
    /// <param name="finalDivFactor">The last value is the first divided by this; more than 0. Default 10000.</param>
    /// <param name="threePhase">Whether it first falls back to the first value, as fast as it rose. Default false.</param>
    /// <returns>The schedule; its <see cref="OneCycleSchedule.Momentum"/> cycles inversely.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range, or a phase would be empty.</exception>
    public static OneCycleSchedule OneCycle(
        double maxValue, long totalSteps, double pctStart = 0.3, AnnealStrategy annealStrategy = AnnealStrategy.Cosine,
        double divFactor = 25, double finalDivFactor = 1e4, bool threePhase = false)
    {
        double initial = Constraint.Finite.Check(maxValue, nameof(maxValue)) / Constraint.Positive.Check(divFactor, nameof(divFactor));
        return new(
            initial, maxValue, initial / Constraint.Positive.Check(finalDivFactor, nameof(finalDivFactor)), totalSteps, pctStart, annealStrategy, threePhase);
    }

    /// <summary>The transformer schedule: linear warmup, inverse square root decay; see <see cref="NoamSchedule"/>.</summary>
    /// <param name="modelSize">The width of the model.</param>
    /// <param name="warmupSteps">The warmup steps. Default 4000.</param>
    /// <param name="factor">A factor for all values. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule Noam(int modelSize, long warmupSteps = 4000, double factor = 1) => new NoamSchedule(modelSize, warmupSteps, factor);

    /// <summary>
    /// A value that is multiplied by a factor when the loss stops improving; it needs the loss of each step. See
    /// <see cref="ReduceOnPlateauSchedule"/>.
    /// </summary>
    /// <param name="value">The value before any reduction.</param>
    /// <param name="factor">The factor of a reduction, in [0, 1). Default 0.1.</param>
    /// <param name="patience">The number of bad steps tolerated, 0 or more. Default 10.</param>
    /// <param name="threshold">The minimum improvement, 0 or more. Default 1e-4.</param>
    /// <param name="thresholdMode">How the threshold is applied. Default <see cref="PlateauThreshold.Relative"/>.</param>
    /// <param name="mode">Whether lower or higher is better. Default <see cref="PlateauMode.Min"/>.</param>
    /// <param name="cooldown">The steps after a reduction during which no step counts as bad, 0 or more. Default 0.</param>
    /// <param name="minValue">The lower bound of the reductions. Default 0.</param>
    /// <param name="epsilon">The minimum change for a reduction, 0 or more. Default 1e-8.</param>
    /// <param name="requiresLoss">Whether a step without a loss is an error rather than not observed. Default true.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static Schedule ReduceOnPlateau(
        double value, double factor = 0.1, long patience = 10, double threshold = 1e-4, PlateauThreshold thresholdMode = PlateauThreshold.Relative,
        PlateauMode mode = PlateauMode.Min, long cooldown = 0, double minValue = 0, double epsilon = 1e-8, bool requiresLoss = true) =>
        new ReduceOnPlateauSchedule(value, factor, patience, threshold, thresholdMode, mode, cooldown, minValue, epsilon, requiresLoss);
}
