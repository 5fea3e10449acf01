using System.Globalization;
using Optim.Lanes;

namespace Optim;

/// <summary>
/// Cosine annealing: <c>end + (value - end) (1 + cos(2 pi c t / N)) / 2</c> up to t = N, where c = 1/2 cycles go from the value to the end value;
/// constant after that.
/// </summary>
/// <remarks>
/// Loshchilov and Hutter 2017 (SGDR), one half cycle. <see cref="Periodic"/> is PyTorch's <c>CosineAnnealingLR</c>, which rises again after its end.
/// Other numbers of cycles are those of Hugging Face's <c>get_cosine_schedule_with_warmup</c>, and with <see cref="HardRestarts"/>, where each
/// half cycle begins at the value again, of <c>get_cosine_with_hard_restarts_schedule_with_warmup</c> (whose <c>num_cycles</c> counts the halves).
/// Cycles that grow or shrink: <see cref="RestartsSchedule"/>.
/// </remarks>
public sealed record CosineSchedule : Schedule
{
    /// <summary>Sets the cosine.</summary>
    /// <param name="value">The value at step 0; finite.</param>
    /// <param name="totalSteps">N (PyTorch's T_max); 1 or more.</param>
    /// <param name="endValue">The value at the trough (PyTorch's eta_min), finite. Default 0.</param>
    /// <param name="cycles">c, how often the cosine goes down and up again in N steps; more than 0. Default 1/2: down once.</param>
    /// <param name="hardRestarts">Whether it restarts at the value instead of rising. Default false.</param>
    /// <param name="periodic">Whether it goes on after N steps instead of staying. Default false.</param>
    /// <param name="exponent">The power of the cosine's share, <c>((1 + cos) / 2)^exponent</c>, more than 0: above 1 it falls sooner. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public CosineSchedule(double value, long totalSteps, double endValue = 0, double cycles = 0.5, bool hardRestarts = false, bool periodic = false, double exponent = 1)
    {
        Value = Constraint.Finite.Check(value, nameof(value));
        TotalSteps = Constraint.CheckSteps(totalSteps, 1, nameof(totalSteps));
        EndValue = Constraint.Finite.Check(endValue, nameof(endValue));
        Cycles = Constraint.Positive.Check(cycles, nameof(cycles));
        HardRestarts = hardRestarts;
        Periodic = periodic;
        Exponent = Constraint.Positive.Check(exponent, nameof(exponent));
    }

    /// <summary>The value at step 0.</summary>
    public double Value { get; }

    /// <summary>The steps in which the cycles take place.</summary>
    public long TotalSteps { get; }

    /// <summary>The value at the trough.</summary>
    public double EndValue { get; }

    /// <summary>The number of full cosine cycles.</summary>
    public double Cycles { get; }

    /// <summary>Whether it restarts at the value instead of rising.</summary>
    public bool HardRestarts { get; }

    /// <summary>Whether it continues after its end.</summary>
    public bool Periodic { get; }

    /// <summary>The power of the cosine's share.</summary>
    public double Exponent { get; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        bool ended = step >= TotalSteps && !Periodic;

        // In units of 1/N of a half cycle: whole numbers where the cycles' halves are, so that every turn is where it should be.
        double half = TotalSteps, halves = Math.Min(2 * Cycles, double.MaxValue), time = Math.Min(halves * (ended ? TotalSteps : step), double.MaxValue);
        double rest = HardRestarts ? time % half : time % (2 * half);
        if (ended && HardRestarts && rest == 0)
        {
            return EndValue;
        }

        double done = rest <= half ? rest / half : 2 - (rest / half);
        double left = Anneal.CosineLeft(done);
        return Anneal.Along(Value, EndValue, Exponent == 1 ? left : Exact.Power(left, Exponent));
    }

    /// <summary>The values given.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Cosine({Value} to {EndValue}, {Cycles} cycles in {TotalSteps} steps{(HardRestarts ? ", hard restarts" : "")}{(Periodic ? ", periodic" : "")}{(Exponent == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", power {Exponent}"))})");
}
