namespace Optim;

/// <summary>
/// RAdam's rectification at one step (Liu et al. 2020, "On the Variance of the Adaptive Learning Rate and Beyond"): how far the step must
/// shrink because the mean square has seen few gradients.
/// </summary>
/// <param name="beta2">b2.</param>
/// <param name="step">t, from 1.</param>
internal readonly struct Rectification(double beta2, long step)
{
    private readonly double longest = (2 / (1 - beta2)) - 1;

    /// <summary><c>2 / (1 - b2) - 1 - 2 t b2^t / (1 - b2^t)</c>: over how many gradients the mean square is taken, were it a plain mean.</summary>
    public double Length { get; } = LengthAt(beta2, step);

    /// <summary><c>sqrt((n - 4) (n - 2) N / ((N - 4) (N - 2) n))</c>, n the length and N that after very many steps; in (0, 1), and only where n is above 4.</summary>
    public double Factor => Math.Sqrt((Length - 4) * (Length - 2) * longest / ((longest - 4) * (longest - 2) * Length));

    // A small difference of large numbers, on purpose in double and in the order that every implementation has: what rounding makes of it
    // reaches 3e-12 of a step at b2 = 0.999 and 3e-10 at 0.9999, and with the same rounding we agree with them to 1e-15. Only b2^t must be right.
    private static double LengthAt(double beta2, long step) =>
        (2 / (1 - beta2)) - 1 - (2.0 * step * Exact.Power(beta2, step) / Exact.OneMinusPower(beta2, step));
}
