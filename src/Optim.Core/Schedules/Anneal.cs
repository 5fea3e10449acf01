using Optim.Lanes;

namespace Optim;

/// <summary>Interpolations shared by schedules. Endpoints are exact, and no value lies outside them.</summary>
internal static class Anneal
{
    /// <summary>In a straight line.</summary>
    /// <param name="from">The value at the beginning.</param>
    /// <param name="to">The value at the end.</param>
    /// <param name="done">The fraction completed, in [0, 1].</param>
    /// <param name="left">The remaining fraction: 1 - done, which the caller may know more exactly than by subtraction.</param>
    public static double Between(double from, double to, double done, double left)
    {
        double distance = to - from;
        if (!double.IsFinite(distance))
        {
            return (from * left) + (to * done);
        }

        // Each half from its own end: from + (to - from) is not always to.
        return done <= 0.5 ? from + (distance * done) : to - (distance * left);
    }

    /// <summary>In a straight line of some steps; at the end, and after it, the end value.</summary>
    public static double Between(double from, double to, long step, long steps) =>
        step < steps ? Between(from, to, (double)step / steps, (double)(steps - step) / steps) : to;

    /// <summary>Up to a remaining fraction.</summary>
    public static double Along(double from, double to, double left) => Between(from, to, 1 - left, left);

    /// <summary>The remaining fraction of a half cosine: <c>(1 + cos(pi x)) / 2</c> for x in [0, 1].</summary>
    public static double CosineLeft(double done) => (1 + Exact.CosPi(done)) / 2;

    /// <summary>Geometric: <c>from (to / from)^done</c>, for two values of the same sign.</summary>
    public static double Geometric(double from, double to, double done, double left) =>
        done <= 0.5 ? from * Exact.Power(to / from, done) : to * Exact.Power(from / to, left);

    /// <summary>A value times a factor, saturating at the largest finite number if the factor or the product is infinite.</summary>
    public static double Scaled(double value, double factor) =>
        value == 0 ? value : Math.Clamp(value * factor, double.MinValue, double.MaxValue);
}
