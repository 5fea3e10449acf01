using System.Numerics;
using Optim.LineSearches;

namespace Optim.Properties.Checking;

/// <summary>Functions to search along.</summary>
internal static class SearchLine
{
    /// <summary>Smooth functions of one number, value and derivative: bowls, valleys with ripples, walls, kinks, and slopes without end.</summary>
    public static Func<double, (double F, double G)> AnyFunction(Draw draw)
    {
        double a = 0.1 + (3 * draw.Fraction()), b = draw.Plain(), c = draw.Fraction(), size = Math.Pow(10, (6 * draw.Fraction()) - 3);
        Func<double, (double F, double G)> shape = draw.Integer(0, 4) switch
        {
            0 => x => (a * (x - b) * (x - b), 2 * a * (x - b)),
            1 => x => (Math.Pow(x - b, 4) + (a * x), (4 * Math.Pow(x - b, 3)) + a),
            2 => x => ((0.1 * (x - b) * (x - b)) + (c * Math.Cos(5 * x)), (0.2 * (x - b)) - (5 * c * Math.Sin(5 * x))),
            3 => x => (Math.Sqrt(1 + ((x - b) * (x - b))) + (c * Math.Sin(x)), ((x - b) / Math.Sqrt(1 + ((x - b) * (x - b)))) + (c * Math.Cos(x))),
            _ => x => (Math.Exp(Math.Min(a * (x - b), 700)) - x, (a * Math.Exp(Math.Min(a * (x - b), 700))) - 1),
        };
        return x => (size * shape(x).F, size * shape(x).G);
    }
}

/// <summary>A function of one number, along a way, on places that are rounded to the element type.</summary>
internal sealed class SearchLine<T>(Func<double, (double F, double G)> function, double origin, double way, int mostEvaluations = int.MaxValue) : ILine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public bool MayGoOn => Places.Count < mostEvaluations;

    public List<T> Places { get; } = [];

    public LinePoint<T> Start() => At(0, Place(0));

    public TensorSet<T> Place(double step) => TensorSet.OfArray([T.CreateTruncating(origin + (way * step))]);

    public LinePoint<T> Evaluate(double step, TensorSet<T> place)
    {
        Places.Add(place.Span[0]);
        return At(step, place);
    }

    private LinePoint<T> At(double step, TensorSet<T> place)
    {
        var (f, g) = function(double.CreateTruncating(place.Span[0]));
        return new(step, f, way * g, TensorSet.OfArray([T.CreateTruncating(g)]), place);
    }
}
