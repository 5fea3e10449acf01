using System.Runtime.ExceptionServices;
using MathNet.Numerics.LinearAlgebra;
using Optim.Lanes;
using Optim.Values;

namespace Optim.CSharp;

/// <summary>Many starting points within bounds, for objectives with several minima: a Latin hypercube, and how ends are told apart. Takes the place of a start in <see cref="Minimizer"/>.</summary>
/// <remarks>
/// <code>
/// var found = new Minimizer(new() { Lower = [-5, -5], Upper = [5, 5] }).Minimize(x => Himmelblau(x), new MultiStart { Starts = 64 });
/// Console.WriteLine(found);
/// </code>
/// Each parameter's range is cut into as many equal parts as there are starts, and each part is started from once (McKay, Beckman and Conover 1979). The starts depend on seed, number and bounds alone: the result is the same
/// for any number of threads, <see cref="MinimizerOptions.MaxThreads"/> of which run at once.
/// </remarks>
public sealed record MultiStart
{
    /// <summary>The number of starts, 1 or more. Default 32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int Starts { get; init => field = Constraint.CheckCount(value); } = 32;

    /// <summary>What the starts are drawn from; any number. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Two ends belong to one basin where no parameter differs by more than this share of the width between its bounds; 0 or more. Default 1e-4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public double BasinWidth { get; init => field = Constraint.NonNegative.Check(value); } = 1e-4;

    /// <summary>The starts within bounds.</summary>
    /// <param name="lower">The least that each parameter may be.</param>
    /// <param name="upper">The most, as many.</param>
    /// <exception cref="ArgumentException">The bounds are not as many, not finite, or in the wrong order.</exception>
    public IReadOnlyList<Vector<double>> Points(IReadOnlyList<double> lower, IReadOnlyList<double> upper)
    {
        ArgumentNullException.ThrowIfNull(lower);
        ArgumentNullException.ThrowIfNull(upper);
        if (lower.Count != upper.Count || lower.Count == 0)
        {
            throw new ArgumentException(FormattableString.Invariant($"Lower and Upper must both be one number for each parameter, were {lower.Count} and {upper.Count}."), nameof(upper));
        }

        for (int j = 0; j < lower.Count; j++)
        {
            if (!double.IsFinite(lower[j]) || !double.IsFinite(upper[j]) || lower[j] > upper[j])
            {
                throw new ArgumentException(FormattableString.Invariant($"Lower and Upper must be finite and in order, to draw starts from, they were {lower[j]} and {upper[j]} at parameter {j}."), nameof(lower));
            }
        }

        int[][] parts = [.. Enumerable.Range(0, lower.Count).Select(Shuffled)];
        return new ValueList<Vector<double>>(Enumerable.Range(0, Starts).Select(i => Vector<double>.Build.Dense(lower.Count, j =>
        {
            double share = (parts[j][i] + Uniform(j, Starts + (long)i)) / Starts;
            return Math.Clamp(((1 - share) * lower[j]) + (share * upper[j]), lower[j], upper[j]);
        })));
    }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(MultiStart), PrintMembers);

    /// <summary>Runs from every start and sorts the ends by basin.</summary>
    /// <param name="points">The starts.</param>
    /// <param name="widths">The width between each parameter's bounds.</param>
    /// <param name="threads">The most runs at once.</param>
    /// <param name="run">From a start to its end.</param>
    /// <param name="end">An end's parameters and loss, and whether it has converged.</param>
    internal MultiStartResult<R> Run<R>(
        IReadOnlyList<Vector<double>> points, double[] widths, int threads, Func<Vector<double>, R> run, Func<R, (Vector<double> Point, double Loss, bool HasConverged)> end)
        where R : IEquatable<R>
    {
        var runs = new R[points.Count];
        var failures = new Exception?[points.Count];
        Parallel.For(0, points.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            try
            {
                runs[i] = run(points[i]);
            }
            catch (Exception e)
            {
                // Whichever thread came first, the first start's is what the caller sees.
                failures[i] = e;
            }
        });
        if (Array.Find(failures, failure => failure is not null) is { } first)
        {
            ExceptionDispatchInfo.Throw(first);
        }

        // The sort is stable: of equal losses the first start's comes first, and one that is no number last.
        R[] byLoss = [.. runs.OrderBy(r => double.IsNaN(end(r).Loss)).ThenBy(r => end(r).Loss)];
        var basins = new List<(R Best, int Count)>();
        foreach (var candidate in byLoss.Where(r => end(r).HasConverged))
        {
            int known = basins.FindIndex(basin => IsNear(end(basin.Best).Point, end(candidate).Point));
            if (known < 0)
            {
                basins.Add((candidate, 1));
            }
            else
            {
                basins[known] = (basins[known].Best, basins[known].Count + 1);
            }
        }

        return new(basins.Count > 0 ? basins[0].Best : byLoss[0], [.. basins.Select(basin => new Basin<R>(basin.Best, basin.Count, end(basin.Best).Loss))], runs);

        bool IsNear(Vector<double> left, Vector<double> right) => Enumerable.Range(0, left.Count).All(j => Math.Abs(left[j] - right[j]) <= BasinWidth * widths[j]);
    }

    /// <summary>The numbers from 0 in an order drawn for a parameter (Fisher and Yates).</summary>
    private int[] Shuffled(int parameter)
    {
        int[] order = [.. Enumerable.Range(0, Starts)];
        for (int i = Starts - 1; i > 0; i--)
        {
            int j = Math.Min(i, (int)(Uniform(parameter, i) * (i + 1)));
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <summary>Uniform in [0, 1).</summary>
    private double Uniform(int parameter, long index) => (new CounterRandom(Seed, parameter, 0).Symmetric(index) + 1) / 2;
}
