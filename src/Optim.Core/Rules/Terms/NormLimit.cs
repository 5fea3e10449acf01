using System.Globalization;

namespace Optim;

/// <summary>What every rule does that keeps a norm within a limit c: with n the norm, the factor c / (n + eps) where n &gt; c, else 1.</summary>
/// <remarks>A norm above c by no more than rounding (1e-6 in float, 1e-14 in double) counts as c, so that limiting twice is limiting once.</remarks>
internal readonly struct NormLimit
{
    private readonly double most, epsilon, counted;

    private NormLimit(double most, double epsilon, double rounding)
    {
        this.most = most;
        this.epsilon = epsilon;
        counted = most * (1 + rounding);
    }

    /// <summary>A limit on norms of elements of T.</summary>
    /// <param name="most">c.</param>
    /// <param name="epsilon">eps.</param>
    public static NormLimit Of<T>(double most, double epsilon = 0)
        where T : unmanaged => new(most, epsilon, Rounding<T>());

    /// <summary>By how much a sum or a norm may be off for the rounding of its elements alone.</summary>
    public static double Rounding<T>()
        where T : unmanaged => typeof(T) == typeof(float) ? 1e-6 : 1e-14;

    /// <summary>What to multiply by; exactly 1 where the norm is within the limit, NaN where it is NaN.</summary>
    public double Factor(double norm) => norm <= counted ? 1 : most / (norm + epsilon);

    /// <summary>Refuses a norm that is not finite.</summary>
    /// <exception cref="ArithmeticException">It is not.</exception>
    public static double Finite(double norm, string rule, string what, long step) => double.IsFinite(norm) ? norm : throw new ArithmeticException(string.Create(
        CultureInfo.InvariantCulture, $"{rule}: the norm of {what} must be finite, was {norm} at step {step}."));
}
