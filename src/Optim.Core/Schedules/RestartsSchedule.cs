using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>The decay curve of each cycle of a <see cref="RestartsSchedule"/>. With q the completed fraction of the cycle, the remaining fraction of the amplitude is:</summary>
public enum RestartCurve
{
    /// <summary><c>(1 + cos(pi q^k)) / 2</c>.</summary>
    Cosine,

    /// <summary><c>(1 - q^k)^power</c>.</summary>
    Polynomial,

    /// <summary><c>(1 - tanh(lower (1 - q) + upper q)) / 2</c>, which starts near 1 and ends near 0, not exactly there.</summary>
    Tanh,
}

/// <summary>
/// Decay with warm restarts: cycle i has <c>cycleSteps cycleMultiplier^i</c> steps and falls from <c>value cycleDecay^i</c> to the
/// end value along a curve; after <see cref="CycleLimit"/> cycles it is constant at the end value.
/// </summary>
/// <remarks>
/// The cosine is Loshchilov and Hutter's 2017 (SGDR), PyTorch's <c>CosineAnnealingWarmRestarts</c>; all three curves and the decay are
/// pytorch-image-models' <c>CosineLRScheduler</c>, <c>PolyLRScheduler</c> and <c>TanhLRScheduler</c> (Hsueh et al. 2019), whose <c>k_decay</c> is Zhang and Li 2020.
/// </remarks>
public sealed record RestartsSchedule : Schedule
{
    /// <summary>Sets the cycles.</summary>
    /// <param name="value">The value at step 0; finite.</param>
    /// <param name="cycleSteps">The steps of the first cycle (T_0, t_initial); 1 or more.</param>
    /// <param name="endValue">The final value of each cycle (eta_min, lr_min), finite. Default 0.</param>
    /// <param name="cycleMultiplier">The ratio of each cycle's length to the one before (T_mult, cycle_mul); 1 or more. Default 1.</param>
    /// <param name="cycleDecay">The ratio of each cycle's initial value to the one before (cycle_decay), in [0, 1]. Default 1.</param>
    /// <param name="cycleLimit">The number of cycles; 0, the default, for no limit.</param>
    /// <param name="curve">The curve. Default <see cref="RestartCurve.Cosine"/>.</param>
    /// <param name="kDecay">k, more than 0: above 1 the fall begins later. Not used by the tanh. Default 1.</param>
    /// <param name="power">The power of <see cref="RestartCurve.Polynomial"/>, more than 0. Default 1.</param>
    /// <param name="tanhLower">The lower argument of <see cref="RestartCurve.Tanh"/> (lb), finite. Default -7.</param>
    /// <param name="tanhUpper">The upper argument of <see cref="RestartCurve.Tanh"/> (ub), finite and more than <paramref name="tanhLower"/>. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public RestartsSchedule(
        double value, long cycleSteps, double endValue = 0, double cycleMultiplier = 1, double cycleDecay = 1, int cycleLimit = 0,
        RestartCurve curve = RestartCurve.Cosine, double kDecay = 1, double power = 1, double tanhLower = -7, double tanhUpper = 3)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        CycleSteps = Constraint.CheckSteps(cycleSteps, 1, nameof(cycleSteps));
        EndValue = Constraint.Finite.Check(endValue, nameof(endValue));
        CycleMultiplier = Constraint.AtLeastOne.Check(cycleMultiplier, nameof(cycleMultiplier));
        CycleDecay = Constraint.Fraction.Check(cycleDecay, nameof(cycleDecay));
        CycleLimit = Constraint.CheckCount(cycleLimit, 0, nameof(cycleLimit));
        Curve = Constraint.CheckDefined(curve, nameof(curve));
        KDecay = Constraint.Positive.Check(kDecay, nameof(kDecay));
        Power = Constraint.Positive.Check(power, nameof(power));
        TanhLower = Constraint.Finite.Check(tanhLower, nameof(tanhLower));
        TanhUpper = Constraint.Finite.Check(tanhUpper, nameof(tanhUpper));
        if (tanhLower >= tanhUpper)
        {
            throw new ArgumentOutOfRangeException(nameof(tanhUpper), string.Create(
                CultureInfo.InvariantCulture, $"{nameof(tanhUpper)} must be more than {nameof(tanhLower)}, {tanhLower}, was {tanhUpper}."));
        }
    }

    /// <summary>The value at step 0.</summary>
    public double Value { get; }

    /// <summary>The steps of the first cycle.</summary>
    public long CycleSteps { get; }

    /// <summary>The final value of each cycle.</summary>
    public double EndValue { get; }

    /// <summary>The ratio of each cycle's length to the one before.</summary>
    public double CycleMultiplier { get; }

    /// <summary>The ratio of each cycle's initial value to the one before.</summary>
    public double CycleDecay { get; }

    /// <summary>The number of cycles; 0 for no limit.</summary>
    public int CycleLimit { get; }

    /// <summary>The curve.</summary>
    public RestartCurve Curve { get; }

    /// <summary>k: above 1 the decay begins later.</summary>
    public double KDecay { get; }

    /// <summary>The power of <see cref="RestartCurve.Polynomial"/>.</summary>
    public double Power { get; }

    /// <summary>The lower argument of <see cref="RestartCurve.Tanh"/>.</summary>
    public double TanhLower { get; }

    /// <summary>The upper argument of <see cref="RestartCurve.Tanh"/>.</summary>
    public double TanhUpper { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        long cycle = Cycle(step);
        if (CycleLimit > 0 && cycle >= CycleLimit)
        {
            return EndValue;
        }

        double done = CycleMultiplier == 1
            ? (double)(step % CycleSteps) / CycleSteps
            : Math.Clamp((step - Start(cycle)) / (CycleSteps * Exact.Power(CycleMultiplier, cycle)), 0, 1);
        return Anneal.Along(Value * Exact.Power(CycleDecay, cycle), EndValue, Left(done));
    }

    /// <summary>The values given.</summary>
    public override string ToString()
    {
        string curve = Curve switch
        {
            RestartCurve.Polynomial => string.Create(CultureInfo.InvariantCulture, $"polynomial of power {Power}, k {KDecay}"),
            RestartCurve.Tanh => string.Create(CultureInfo.InvariantCulture, $"tanh from {TanhLower} to {TanhUpper}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"cosine, k {KDecay}"),
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Restarts({Value} to {EndValue} in {CycleSteps} steps, {curve}, steps times {CycleMultiplier}, value times {CycleDecay}, cycle limit {CycleLimit})");
    }

    /// <summary>The remaining fraction of the amplitude.</summary>
    private double Left(double done)
    {
        double late = KDecay == 1 ? done : Exact.Power(done, KDecay);
        return Curve switch
        {
            RestartCurve.Polynomial => Exact.Power(1 - late, Power),

            // (1 - tanh x) / 2 = 1 / (1 + e^(2 x))
            RestartCurve.Tanh => 1 / (1 + Exact.ExponentialOfProduct(2, (TanhLower * (1 - done)) + (TanhUpper * done))),
            _ => Anneal.CosineLeft(late),
        };
    }

    /// <summary>The number of cycles completed.</summary>
    private long Cycle(long step)
    {
        if (CycleMultiplier == 1)
        {
            return step / CycleSteps;
        }

        // The logarithm is good to the last bits; which side of a cycle's start the step is on is asked of the start itself.
        double grown = Math.Min((double)step / CycleSteps * (CycleMultiplier - 1), double.MaxValue);
        long cycle = (long)(Exact.Log(1 + grown) / Exact.Log(CycleMultiplier));
        while (cycle > 0 && Start(cycle) > step)
        {
            cycle--;
        }

        while (Start(cycle + 1) <= step)
        {
            cycle++;
        }

        return cycle;
    }

    /// <summary>The first step of a cycle: the sum of a geometric series.</summary>
    private double Start(long cycle)
    {
        DoubleDouble ratio = CycleMultiplier, power = DoubleDouble.Power(ratio, cycle);
        return double.IsFinite(power.High) ? (((power + -1) / (ratio + -1)) * CycleSteps).High : double.PositiveInfinity;
    }
}
