using System.Globalization;

namespace Optim;

/// <summary>How a phase interpolates between its values.</summary>
public enum AnnealStrategy
{
    /// <summary>A half cosine.</summary>
    Cosine,

    /// <summary>In a straight line.</summary>
    Linear,
}

/// <summary>
/// One cycle: from the initial value up to the maximum and down to the final value, in exactly N steps; with three phases, first back down to
/// the initial value.
/// </summary>
/// <remarks>
/// Smith and Topin 2018, in PyTorch's definition (<c>OneCycleLR</c>): with p the first phase's fraction, phases end at steps p N - 1 and N - 1, or at p N - 1,
/// 2 p N - 2 and N - 1, integers or not; the initial value is at step 0, the final value at step N - 1. Constant after that. PyTorch
/// raises an error instead. The inverse momentum cycle is <see cref="Momentum"/>.
/// </remarks>
public sealed record OneCycleSchedule : Schedule
{
    /// <summary>Sets the cycle.</summary>
    /// <param name="initialValue">The value at step 0; finite.</param>
    /// <param name="maxValue">The value at the peak; finite. For a quantity that cycles inversely, the value at the trough.</param>
    /// <param name="finalValue">The value from step N - 1 on; finite.</param>
    /// <param name="totalSteps">N; 2 or more.</param>
    /// <param name="pctStart">p, the fraction of the steps in which the value rises, in (0, 1]. Default 0.3.</param>
    /// <param name="annealStrategy">How each phase interpolates. Default <see cref="AnnealStrategy.Cosine"/>.</param>
    /// <param name="threePhase">Whether it first falls back to the initial value, as fast as it rose, and then to the final value. Default false.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range, or a phase would be empty.</exception>
    public OneCycleSchedule(
        double initialValue, double maxValue, double finalValue, long totalSteps, double pctStart = 0.3,
        AnnealStrategy annealStrategy = AnnealStrategy.Cosine, bool threePhase = false)
    {
        InitialValue = Constraint.Finite.Check(initialValue, nameof(initialValue));
        MaxValue = Constraint.Finite.Check(maxValue, nameof(maxValue));
        FinalValue = Constraint.Finite.Check(finalValue, nameof(finalValue));
        TotalSteps = Constraint.CheckSteps(totalSteps, 2, nameof(totalSteps));
        PctStart = Constraint.PositiveFraction.Check(pctStart, nameof(pctStart));
        AnnealStrategy = Constraint.CheckDefined(annealStrategy, nameof(annealStrategy));
        ThreePhase = threePhase;
        if (RiseEnd <= 0 || FallEnd <= RiseEnd || (threePhase && totalSteps - 1 <= FallEnd))
        {
            throw new ArgumentOutOfRangeException(nameof(pctStart), string.Create(
                CultureInfo.InvariantCulture,
                $"{nameof(pctStart)} must give every phase a width, was {pctStart} of {totalSteps} steps: they would end at {RiseEnd}, {FallEnd} and {totalSteps - 1}."));
        }
    }

    /// <summary>The value at step 0.</summary>
    public double InitialValue { get; }

    /// <summary>The value at the peak.</summary>
    public double MaxValue { get; }

    /// <summary>The value from the last step on.</summary>
    public double FinalValue { get; }

    /// <summary>The number of steps.</summary>
    public long TotalSteps { get; }

    /// <summary>The fraction of the steps in which the value rises.</summary>
    public double PctStart { get; }

    /// <summary>How each phase interpolates.</summary>
    public AnnealStrategy AnnealStrategy { get; }

    /// <summary>Whether it first falls back to the initial value.</summary>
    public bool ThreePhase { get; }

    private double RiseEnd => (PctStart * TotalSteps) - 1;

    private double FallEnd => ThreePhase ? (2 * PctStart * TotalSteps) - 2 : TotalSteps - 1;

    /// <summary>The momentum, low while this is high, in the same phases.</summary>
    /// <param name="high">The momentum at the beginning and the end, in [0, 1). Default 0.95.</param>
    /// <param name="low">The momentum at the top of this cycle, in [0, 1). Default 0.85.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public OneCycleSchedule Momentum(double high = 0.95, double low = 0.85)
    {
        Constraint.UnitInterval.Check(high, nameof(high));
        Constraint.UnitInterval.Check(low, nameof(low));
        return new(high, low, high, TotalSteps, PctStart, AnnealStrategy, ThreePhase);
    }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step >= TotalSteps - 1)
        {
            return FinalValue;
        }

        return step <= RiseEnd ? Phase(InitialValue, MaxValue, step, 0, RiseEnd)
            : step > FallEnd ? Phase(InitialValue, FinalValue, step, FallEnd, TotalSteps - 1)
            : Phase(MaxValue, ThreePhase ? InitialValue : FinalValue, step, RiseEnd, FallEnd);
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"OneCycle({InitialValue} to {MaxValue} to {FinalValue} in {TotalSteps} steps, rise {PctStart}, {(ThreePhase ? "three" : "two")} phases, {AnnealStrategy})");

    private double Phase(double from, double to, long step, double start, double end)
    {
        double done = (step - start) / (end - start), left = (end - step) / (end - start);
        return AnnealStrategy == AnnealStrategy.Linear ? Anneal.Between(from, to, done, left) : Anneal.Along(from, to, Anneal.CosineLeft(done));
    }
}
