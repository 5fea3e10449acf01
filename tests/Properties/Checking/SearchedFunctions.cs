namespace Optim.Properties.Checking;

/// <summary>
/// Functions of one number, value and derivative, by name: of + - * / and roots alone, so that every machine has the same numbers. tests/tables/more-thuente.py has them in the same order of operations, but for those with an edge.
/// </summary>
internal static class SearchedFunctions
{
    /// <summary>Names and parameters of those that slope downwards at 0.</summary>
    public static IEnumerable<(string Name, double Parameter)> All { get; } =
        new (string Name, double[] Parameters)[]
        {
            ("well", [2, 0.5]), ("shelf", [0.004, 0.5]), ("bowl", [0.3, 7, 1000]), ("quartic", [1.5, 4, 20]), ("ripple", [1, 2.5, 6]), ("cone", [0.7, 5]), ("wall", [0.75, 9]), ("cliff", [0.75, 9]), ("slope", [1]), ("corner", [0.6, 30]),
        }.SelectMany(function => function.Parameters, (function, parameter) => (function.Name, parameter)).Where(function => Of(function.Name, function.parameter)(0).G < 0).ToList();

    public static Func<double, (double F, double G)> Of(string name, double b) => name switch
    {
        // Moré and Thuente's first and second function.
        "well" => a => (-a / ((a * a) + b), ((a * a) - b) / (((a * a) + b) * ((a * a) + b))),
        "shelf" => a => Shelf(a + b),
        "bowl" => a => ((a - b) * (a - b), 2 * (a - b)),
        "quartic" => a => Quartic(a, a - b),
        "ripple" => a => Ripple(3 * (a - b), a - (2 * b)),
        "cone" => a => Cone(a - b),
        // Infinite from b on, with no warning before it, and with one.
        "wall" => a => a < b ? ((a * a) - (2 * b * a), (2 * a) - (2 * b)) : (double.PositiveInfinity, double.NaN),
        "cliff" => a => a < b ? ((1 / (b - a)) - (4 * a / b / b), (1 / ((b - a) * (b - a))) - (4 / b / b)) : (double.NaN, double.NaN),
        "slope" => a => (-b * a, -b),
        "corner" => a => (Math.Abs(a - b), Math.Sign(a - b)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private static (double F, double G) Shelf(double u)
    {
        double c = u * u * u;
        return ((c * u * u) - (2 * (c * u)), (5 * (c * u)) - (8 * c));
    }

    private static (double F, double G) Quartic(double a, double u) => ((u * u * (u * u)) + a, (4 * (u * u * u)) + 1);

    private static (double F, double G) Ripple(double u, double v) =>
        ((0.05 * (v * v)) + (u / (1 + (u * u))), (0.1 * v) + (3 * (1 - (u * u)) / ((1 + (u * u)) * (1 + (u * u)))));

    private static (double F, double G) Cone(double u)
    {
        double r = Math.Sqrt(0.01 + (u * u));
        return (r, u / r);
    }
}
