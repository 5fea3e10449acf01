using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>How the amplitude changes of a <see cref="CyclicSchedule"/>.</summary>
public enum CyclicMode
{
    /// <summary>It is constant.</summary>
    Triangular,

    /// <summary>It is halved every cycle.</summary>
    Triangular2,

    /// <summary>It is multiplied by gamma every step.</summary>
    ExpRange,
}

/// <summary>
/// Triangular cycles: <c>base + (max - base) s k</c>, where s rises from 0 to 1 in <see cref="StepSizeUp"/> steps and falls to 0 in
/// <see cref="StepSizeDown"/>, repeatedly, and k is 1, 2^(-cycles completed) or gamma^t.
/// </summary>
/// <remarks>
/// Smith 2017 (Cyclical Learning Rates), in PyTorch's definition (<c>CyclicLR</c>). The inverse momentum cycle is
/// <see cref="Momentum"/>. It never ends.
/// </remarks>
public sealed record CyclicSchedule : Schedule
{
    /// <summary>Sets the cycles.</summary>
    /// <param name="baseValue">The value at step 0; finite.</param>
    /// <param name="maxValue">The value at the first peak; finite. For a quantity that cycles inversely, the value at the trough.</param>
    /// <param name="stepSizeUp">The steps of the rising half, 1 or more. Default 2000.</param>
    /// <param name="stepSizeDown">The steps of the falling half, 1 or more; null, the default, for as many as the rising half.</param>
    /// <param name="mode">How the amplitude changes. Default <see cref="CyclicMode.Triangular"/>.</param>
    /// <param name="gamma">The amplitude's factor per step, for <see cref="CyclicMode.ExpRange"/> only; in [0, 1]. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public CyclicSchedule(
        double baseValue, double maxValue, long stepSizeUp = 2000, long? stepSizeDown = null, CyclicMode mode = CyclicMode.Triangular, double gamma = 1)
    {
        BaseValue = Constraint.Finite.Check(baseValue, nameof(baseValue));
        MaxValue = Constraint.Finite.Check(maxValue, nameof(maxValue));
        StepSizeUp = Constraint.CheckSteps(stepSizeUp, 1, nameof(stepSizeUp));
        StepSizeDown = Constraint.CheckSteps(stepSizeDown ?? stepSizeUp, 1, nameof(stepSizeDown));
        Mode = Constraint.CheckDefined(mode, nameof(mode));
        Gamma = Constraint.Fraction.Check(gamma, nameof(gamma));
    }

    /// <summary>The value at step 0.</summary>
    public double BaseValue { get; }

    /// <summary>The value at the first peak.</summary>
    public double MaxValue { get; }

    /// <summary>The steps of the rising half.</summary>
    public long StepSizeUp { get; }

    /// <summary>The steps of the falling half.</summary>
    public long StepSizeDown { get; }

    /// <summary>How the amplitude changes.</summary>
    public CyclicMode Mode { get; }

    /// <summary>The amplitude's factor per step, for <see cref="CyclicMode.ExpRange"/>.</summary>
    public double Gamma { get; }

    /// <summary>The momentum, low while this is high, in the same cycles.</summary>
    /// <param name="high">The momentum at the beginning (PyTorch's max_momentum), in [0, 1). Default 0.9.</param>
    /// <param name="low">The momentum at the first top of this schedule (PyTorch's base_momentum), in [0, 1). Default 0.8.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public CyclicSchedule Momentum(double high = 0.9, double low = 0.8)
    {
        Constraint.UnitInterval.Check(high, nameof(high));
        Constraint.UnitInterval.Check(low, nameof(low));
        return new(high, low, StepSizeUp, StepSizeDown, Mode, Gamma);
    }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);

        // Two numbers of steps may add up to more than a long holds.
        var (cycle, rest) = Math.DivRem((ulong)step, (ulong)StepSizeUp + (ulong)StepSizeDown);
        double height = rest <= (ulong)StepSizeUp
            ? (double)rest / StepSizeUp
            : (double)((ulong)StepSizeUp + (ulong)StepSizeDown - rest) / StepSizeDown;
        double amplitude = Mode switch
        {
            CyclicMode.Triangular2 => Math.ScaleB(1, -(int)Math.Min(cycle, 2000)),
            CyclicMode.ExpRange => Exact.Power(Gamma, step),
            _ => 1,
        };
        return Anneal.Along(MaxValue, BaseValue, height * amplitude);
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Cyclic({BaseValue} to {MaxValue}, {StepSizeUp} steps up, {StepSizeDown} down, {Mode}, gamma {Gamma})");
}
