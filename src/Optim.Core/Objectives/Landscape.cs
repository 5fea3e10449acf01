namespace Optim;

/// <summary>A test problem and its known facts: the starting point, the minima, and the box to plot.</summary>
public sealed class Landscape
{
    internal Landscape(
        string name, string title, string formula, Func<TensorSet<double>, Tuple<double, TensorSet<double>>> objective, double[] start, double least, double[][] minima, double[] lower, double[] upper)
    {
        Name = name;
        Title = title;
        Formula = formula;
        Objective = objective;
        Start = Array.AsReadOnly(start);
        Least = least;
        Minima = Array.AsReadOnly(Array.ConvertAll(minima, IReadOnlyList<double> (at) => Array.AsReadOnly(at)));
        Lower = Array.AsReadOnly(lower);
        Upper = Array.AsReadOnly(upper);
    }

    /// <summary>Every landscape, the simple ones first.</summary>
    public static IReadOnlyList<Landscape> All { get; } = Array.AsReadOnly(LandscapeCatalogue.Create());

    /// <summary>The name on the command line: lower case, with hyphens.</summary>
    public string Name { get; }

    /// <summary>The name for headings.</summary>
    public string Title { get; }

    /// <summary>What it computes and why it is hard, in one line.</summary>
    public string Formula { get; }

    /// <summary>From parameters to value and gradient: one of <see cref="TestProblems"/>, with its data.</summary>
    public Func<TensorSet<double>, Tuple<double, TensorSet<double>>> Objective { get; }

    /// <summary>The starting point: the usual one of the literature, if there is one.</summary>
    public IReadOnlyList<double> Start { get; }

    /// <summary>The minimum within the box.</summary>
    public double Least { get; }

    /// <summary>Every point of the box at which the value is <see cref="Least"/>.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Minima { get; }

    /// <summary>The lower bound of each parameter in the box that contains the start and the minima.</summary>
    public IReadOnlyList<double> Lower { get; }

    /// <summary>The upper bound of each parameter in that box.</summary>
    public IReadOnlyList<double> Upper { get; }

    /// <summary>Finds a landscape by name, ignoring case; null if there is none.</summary>
    /// <param name="name">Such as <c>three-hump-camel</c>.</param>
    public static Landscape? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(landscape => landscape.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The Euclidean distance from a point to the nearest of <see cref="Minima"/>; NaN if the point contains NaN.</summary>
    /// <param name="point">As many parameters as <see cref="Start"/> has.</param>
    /// <exception cref="ArgumentException">The point has the wrong length.</exception>
    public double Distance(IReadOnlyList<double> point)
    {
        ArgumentNullException.ThrowIfNull(point);
        return point.Count == Start.Count
            ? Minima.Min(minimum => Math.Sqrt(minimum.Zip(point, (m, p) => (p - m) * (p - m)).Sum()))
            : throw new ArgumentException(FormattableString.Invariant($"point must have {Start.Count} parameters, has {point.Count}."), nameof(point));
    }

    /// <summary>The title.</summary>
    public override string ToString() => Title;
}
