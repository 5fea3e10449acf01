namespace Optim;

/// <summary>AdEMAMix's warmup of a mean's decay rate: its half-life rises in a straight line.</summary>
internal static class BetaWarmup
{
    // The authors' code's, not the paper's.
    private const double Guard = 1e-8;

    /// <summary>The rate at a part of the way from one to another: <c>(1/2)^(1/h)</c> with h from h(b) to h(b') in a straight line, <c>h(b) = ln(1/2) / ln(b + 1e-8)</c>.</summary>
    /// <param name="part">How much of the way, in [0, 1).</param>
    /// <param name="from">b.</param>
    /// <param name="to">b'.</param>
    public static double At(double part, double from, double to) => Exact.Power(0.5, 1 / (((1 - part) * HalfLife(from)) + (part * HalfLife(to))));

    /// <summary>After how many steps a mean has forgotten half.</summary>
    private static double HalfLife(double beta) => Exact.Log(0.5) / Exact.Log(Math.Min(beta + Guard, Math.BitDecrement(1)));
}
