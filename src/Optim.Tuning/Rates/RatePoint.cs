using Optim.Values;

namespace Optim.Tuning;

/// <summary>One step of a range test.</summary>
/// <param name="Rate">The learning rate of the step.</param>
/// <param name="Loss">The loss at the parameters before the step.</param>
/// <param name="Smoothed">The loss, smoothed.</param>
public sealed record RatePoint(double Rate, double Loss, double Smoothed)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(RatePoint), PrintMembers);
}
