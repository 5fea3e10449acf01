namespace Optim.Tuning;

/// <summary>
/// The kernel <c>35/32 (1 - u^2)^3</c> for u in [-1, 1], of deviation 1/3, truncated to [0, 1]: similar to a Gaussian, with a distribution function that is
/// a polynomial, so that densities and samples have the same bits on every machine.
/// </summary>
internal static class Triweight
{
    private const double Deviation = 1.0 / 3;

    /// <summary>The density at a position, over [0, 1].</summary>
    public static double Density(double centre, double deviation, double position)
    {
        double width = deviation / Deviation, u = (position - centre) / width;
        if (Math.Abs(u) >= 1)
        {
            return 0;
        }

        double w = 1 - (u * u);
        var (low, high) = Within(centre, width);
        return 35.0 / 32 * w * w * w / width / (high - low);
    }

    /// <summary>The quantile function.</summary>
    public static double Draw(double centre, double deviation, double share)
    {
        double width = deviation / Deviation, least = Math.Max(-1, -centre / width), most = Math.Min(1, (1 - centre) / width);
        var (low, high) = Within(centre, width);
        double wanted = low + (share * (high - low));
        for (int i = 0; i < 60; i++)
        {
            double middle = (least + most) / 2;
            (least, most) = Below(middle) < wanted ? (middle, most) : (least, middle);
        }

        return Math.Clamp(centre + (width * (least + most) / 2), 0, 1);
    }

    private static (double Low, double High) Within(double centre, double width) => (Below(-centre / width), Below((1 - centre) / width));

    /// <summary>The distribution function of the whole kernel at u.</summary>
    private static double Below(double u)
    {
        u = Math.Clamp(u, -1, 1);
        double square = u * u;
        return 0.5 + (35.0 / 32 * u * (1 - (square * (1 - (square * (0.6 - (square / 7)))))));
    }
}
