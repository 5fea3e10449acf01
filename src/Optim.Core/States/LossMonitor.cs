using System.Globalization;

namespace Optim;

/// <summary>Monitors the losses of a run for divergence and stagnation. An immutable value for a loop or a fold; <see cref="Optimizer.Minimize{T}"/> uses one.</summary>
/// <remarks>
/// <code>
/// monitor = monitor.Next(loss);
/// if (monitor.IsDivergent || monitor.IsStagnant) { break; }
/// </code>
/// Losses should be comparable: over all data, or means over several batches; single batches are noisy, which a larger patience tolerates.
/// </remarks>
public sealed record LossMonitor
{
    /// <summary>
    /// The multiple of the best loss that counts as divergent, 1 or more: a loss above <c>best + (DivergenceFactor - 1) max(1, |best|)</c>, which is that multiple of the best
    /// if it is 1 or more, and still a bound if losses are near 0 or negative. With infinity only NaN and infinite losses are divergent. Default 10.
    /// </summary>
    public double DivergenceFactor { get; init => field = Constraint.Growth.Check(value); } = 10;

    /// <summary>The number of consecutive divergent losses that make the run divergent, 1 or more. Default 1.</summary>
    public long DivergencePatience { get; init => field = Constraint.CheckSteps(value, 1, nameof(DivergencePatience)); } = 1;

    /// <summary>The number of consecutive losses without improvement that make the run stagnant, 1 or more; null for never. Default null.</summary>
    public long? StagnationPatience { get; init => field = value is { } v ? Constraint.CheckSteps(v, 1, nameof(StagnationPatience)) : null; }

    /// <summary>The minimum improvement on the last improved loss, relative to max(1, |that loss|); 0 or more. Default 0: any. Small gains add up.</summary>
    public double MinImprovement { get; init => field = Constraint.NonNegative.Check(value); }

    /// <summary>The lowest finite loss so far; positive infinity if none.</summary>
    public double Best { get; private init; } = double.PositiveInfinity;

    /// <summary>The number of the best loss, from 1; 0 if none.</summary>
    public long BestStep { get; private init; }

    /// <summary>The number of losses observed.</summary>
    public long Steps { get; private init; }

    /// <summary>The last loss; NaN before the first.</summary>
    public double Loss { get; private init; } = double.NaN;

    /// <summary>The loss that was the last improvement by <see cref="MinImprovement"/>; positive infinity if none.</summary>
    public double LastImprovement { get; private init; } = double.PositiveInfinity;

    /// <summary>The number of losses since then; all of them if there was none.</summary>
    public long StepsWithoutImprovement { get; private init; }

    /// <summary>The current number of consecutive divergent losses.</summary>
    public long DivergentInARow { get; private init; }

    /// <summary>Whether the last <see cref="DivergencePatience"/> losses or more were divergent: NaN, infinite or far above the best before them.</summary>
    public bool IsDivergent => DivergentInARow >= DivergencePatience;

    /// <summary>Whether there has been no improvement for <see cref="StagnationPatience"/> losses or more.</summary>
    public bool IsStagnant => StepsWithoutImprovement >= StagnationPatience;

    /// <summary>The monitor after one more loss. A divergent or stagnant monitor continues and may recover.</summary>
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

    /// <summary>The number of losses, the last one, the best, and the verdict.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"loss {Loss} after {Steps}, best {Best} at {BestStep}{(IsDivergent ? ", divergent" : "")}{(IsStagnant ? ", stagnant" : "")}");
}
