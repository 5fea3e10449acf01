using Optim.Values;

namespace Optim.Tuning;

/// <summary>
/// Asynchronous successive halving, ASHA (Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar 2020, A System for Massively Parallel
/// Hyperparameter Tuning): at the rungs <c>MinResource ReductionFactor^k</c> a trial continues if it is among the best <c>1 / ReductionFactor</c> of those
/// that have reached it, including itself.
/// </summary>
/// <remarks>
/// The stopping variant, as in Ray Tune and Optuna: a trial is judged once at each rung, against those that reached it before, and never
/// waits. The first trial at a rung always continues. A rung's resource is the step of <see cref="TrialReport"/>; a trial that does not report at exactly that step is judged by its first report
/// after it. Tied trials both continue.
/// </remarks>
public sealed record SuccessiveHalving : Pruner
{
    /// <summary>The step of the first rung; 1 or more. Default 1.</summary>
    public long MinResource
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MinResource), FormattableString.Invariant($"{nameof(MinResource)} must be 1 or more, was {value}."));
    } = 1;

    /// <summary>One in this many continues; 2 or more. Default 3.</summary>
    public int ReductionFactor
    {
        get;
        init => field = value >= 2
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ReductionFactor), FormattableString.Invariant($"{nameof(ReductionFactor)} must be 2 or more, was {value}."));
    } = 3;

    /// <summary>A copy with another <see cref="MinResource"/>.</summary>
    /// <param name="value">The value.</param>
    public SuccessiveHalving WithMinResource(long value) => this with { MinResource = value };

    /// <summary>A copy with another <see cref="ReductionFactor"/>.</summary>
    /// <param name="value">The value.</param>
    public SuccessiveHalving WithReductionFactor(int value) => this with { ReductionFactor = value };

    /// <inheritdoc/>
    public override bool ShouldPrune(TrialRecord trial, IReadOnlyList<TrialRecord> others)
    {
        ArgumentNullException.ThrowIfNull(trial);
        ArgumentNullException.ThrowIfNull(others);
        if (trial.Reports.Count == 0)
        {
            return false;
        }

        long reached = trial.Reports[^1].Step, before = trial.Reports.Count > 1 ? trial.Reports[^2].Step : 0;
        for (long rung = MinResource; rung <= reached; rung *= ReductionFactor)
        {
            if (rung > before && !GoesOn(trial.Reports[^1].Value, [.. others.Select(other => At(other, rung)).OfType<double>()]))
            {
                return true;
            }

            if (rung > long.MaxValue / ReductionFactor)
            {
                break;
            }
        }

        return false;
    }

    private bool GoesOn(double value, IReadOnlyList<double> others)
    {
        int places = Math.Max((others.Count + 1) / ReductionFactor, 1);
        return others.Count(other => other < value) < places;
    }

    private static double? At(TrialRecord trial, long rung) =>
        trial.Reports.Where(report => report.Step >= rung && !double.IsNaN(report.Value)).Select(report => (double?)report.Value).FirstOrDefault();

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(SuccessiveHalving), PrintMembers);
}
