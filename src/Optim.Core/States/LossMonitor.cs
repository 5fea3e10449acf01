using System.Globalization;

namespace Optim;

/// <summary>Watches the losses of a run, one after the other: has it diverged, does it stagnate? An immutable value for a loop or a fold; <see cref="Optimizer.Minimize{T}"/> uses one.</summary>
/// <remarks>
/// <code>
/// monitor = monitor.Next(loss);
/// if (monitor.IsDivergent || monitor.IsStagnant) { break; }
/// </code>
/// Losses should be of one kind: of all the data, or means over some batches; single batches leap for reasons of their own, which a larger patience forgives.
/// </remarks>
public sealed record LossMonitor
{
    /// <summary>
    /// How many times the best loss is divergent, 1 or more: a loss above <c>best + (DivergenceFactor - 1) max(1, |best|)</c>, which is that many times the best
    /// where it is 1 or more, and still a bound where losses are near 0 or negative. Infinity for NaN and infinite losses alone to be divergent. Default 10.
    /// </summary>
    public double DivergenceFactor { get; init => field = Constraint.Growth.Check(value); } = 10;

    /// <summary>The divergent losses in a row that make the run so, 1 or more. Default 1.</summary>
    public long DivergencePatience { get; init => field = Constraint.CheckSteps(value, 1, nameof(DivergencePatience)); } = 1;

    /// <summary>The losses in a row without improvement that make the run stagnant, 1 or more; null for it never to be. Default null.</summary>
    public long? StagnationPatience { get; init => field = value is { } v ? Constraint.CheckSteps(v, 1, nameof(StagnationPatience)) : null; }

    /// <summary>By how much a loss must be below the last improvement, times max(1, |that|), to be one itself; 0 or more. Default 0: by anything. Small gains add up.</summary>
    public double MinImprovement { get; init => field = Constraint.NonNegative.Check(value); }

    /// <summary>The lowest finite loss so far; positive infinity before there was one.</summary>
    public double Best { get; private init; } = double.PositiveInfinity;

    /// <summary>Which loss the best was, from 1; 0 before there was one.</summary>
    public long BestStep { get; private init; }

    /// <summary>The number of losses seen.</summary>
    public long Steps { get; private init; }

    /// <summary>The last loss seen; NaN before the first.</summary>
    public double Loss { get; private init; } = double.NaN;

    /// <summary>The loss that was the last improvement by <see cref="MinImprovement"/>; positive infinity before there was one.</summary>
    public double LastImprovement { get; private init; } = double.PositiveInfinity;

    /// <summary>How many losses ago that was; all of them where there was none.</summary>
    public long StepsWithoutImprovement { get; private init; }

    /// <summary>The divergent losses in a row up to the last one.</summary>
    public long DivergentInARow { get; private init; }

    /// <summary>Whether the last <see cref="DivergencePatience"/> losses or more were divergent: NaN, infinite or far above the best before them.</summary>
    public bool IsDivergent => DivergentInARow >= DivergencePatience;

    /// <summary>Whether there has been no improvement for <see cref="StagnationPatience"/> losses or more.</summary>
    public bool IsStagnant => StepsWithoutImprovement >= StagnationPatience;

    /// <summary>The monitor after one more loss. A monitor that has become divergent or stagnant goes on, and may recover.</summary>
    /// <param name="loss">The loss; NaN and infinities are divergent.</param>
    public LossMonitor Next(double loss)
    {
        bool isFinite = double.IsFinite(loss);
        bool isBest = isFinite && loss < Best;
        bool improves = isFinite && (double.IsPositiveInfinity(LastImprovement)
            || loss < LastImprovement - (MinImprovement * Math.Max(1, Math.Abs(LastImprovement))));
        bool isDivergent = !isFinite || loss > Best + ((DivergenceFactor - 1) * Math.Max(1, Math.Abs(Best)));
        return this with
        {
            Steps = Steps + 1,
            Loss = loss,
            Best = isBest ? loss : Best,
            BestStep = isBest ? Steps + 1 : BestStep,
            LastImprovement = improves ? loss : LastImprovement,
            StepsWithoutImprovement = improves ? 0 : StepsWithoutImprovement + 1,
            DivergentInARow = isDivergent ? DivergentInARow + 1 : 0,
        };
    }

    /// <summary>A copy with another <see cref="DivergenceFactor"/>.</summary>
    /// <param name="value">The value.</param>
    public LossMonitor WithDivergenceFactor(double value) => this with { DivergenceFactor = value };

    /// <summary>A copy with another <see cref="DivergencePatience"/>.</summary>
    /// <param name="value">The value.</param>
    public LossMonitor WithDivergencePatience(long value) => this with { DivergencePatience = value };

    /// <summary>A copy with another <see cref="StagnationPatience"/>.</summary>
    /// <param name="value">The value.</param>
    public LossMonitor WithStagnationPatience(long? value) => this with { StagnationPatience = value };

    /// <summary>A copy with another <see cref="MinImprovement"/>.</summary>
    /// <param name="value">The value.</param>
    public LossMonitor WithMinImprovement(double value) => this with { MinImprovement = value };

    /// <summary>The number of losses, the last one, the best, and what is wrong.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"loss {Loss} after {Steps}, best {Best} at {BestStep}{(IsDivergent ? ", divergent" : "")}{(IsStagnant ? ", stagnant" : "")}");
}
