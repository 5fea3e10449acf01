using MathNet.Numerics.LinearAlgebra;

namespace Optim.CSharp;

/// <content>From many starts.</content>
public sealed partial class Minimizer
{
    /// <summary>Minimizes an objective from many starts within <see cref="MinimizerOptions.Lower"/> and <see cref="MinimizerOptions.Upper"/>.</summary>
    /// <param name="objective">From a point to the loss and the gradient there; called on up to <see cref="MinimizerOptions.MaxThreads"/> threads at once.</param>
    /// <param name="starts">How many starts, and what ends are the same.</param>
    /// <exception cref="ArgumentException">The bounds are not finite, or not one for each parameter.</exception>
    public MultiStartResult<MinimizerResult> Minimize(Func<Vector<double>, (double Loss, Vector<double> Gradient)> objective, MultiStart starts)
    {
        ArgumentNullException.ThrowIfNull(objective);
        return FromMany(starts, (minimizer, start) => minimizer.Minimize(objective, start), End);
    }

    /// <summary>Minimizes an objective with a numerical gradient from many starts within <see cref="MinimizerOptions.Lower"/> and <see cref="MinimizerOptions.Upper"/>.</summary>
    /// <param name="loss">From a point to the loss there; called on up to <see cref="MinimizerOptions.MaxThreads"/> threads at once.</param>
    /// <param name="starts">How many starts, and what ends are the same.</param>
    /// <exception cref="ArgumentException">The bounds are not finite, or not one for each parameter.</exception>
    public MultiStartResult<MinimizerResult> Minimize(Func<Vector<double>, double> loss, MultiStart starts)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return FromMany(starts, (minimizer, start) => minimizer.Minimize(loss, start), End);
    }

    /// <summary>Fits parameters by least squares from many starts within <see cref="MinimizerOptions.Lower"/> and <see cref="MinimizerOptions.Upper"/>.</summary>
    /// <param name="residuals">From parameters to the residuals; called on up to <see cref="MinimizerOptions.MaxThreads"/> threads at once.</param>
    /// <param name="starts">How many starts, and what ends are the same.</param>
    /// <param name="options">Derivatives, weights, names, tolerances; the defaults when null.</param>
    /// <exception cref="ArgumentException">The bounds are not finite, or not one for each parameter.</exception>
    public MultiStartResult<LeastSquaresFit> FitLeastSquares(Func<Vector<double>, Vector<double>> residuals, MultiStart starts, LeastSquaresOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(residuals);
        return FromMany(starts, (minimizer, start) => minimizer.FitLeastSquares(residuals, start, options), fit => (fit.Parameters, fit.ResidualSumOfSquares, fit.HasConverged));
    }

    private static (Vector<double> Point, double Loss, bool HasConverged) End(MinimizerResult result) => (result.Point, result.Loss, result.HasConverged);

    private MultiStartResult<R> FromMany<R>(MultiStart starts, Func<Minimizer, Vector<double>, R> run, Func<R, (Vector<double>, double, bool)> end)
        where R : IEquatable<R>
    {
        ArgumentNullException.ThrowIfNull(starts);
        IReadOnlyList<double> lower = Options.Lower ?? [], upper = Options.Upper ?? [];
        int count = Math.Max(lower.Count, upper.Count);
        if (lower.Count is not 0 && upper.Count is not 0)
        {
            (lower, upper) = (Each(lower), Each(upper));
        }

        var points = starts.Points(lower, upper);

        // Threads go to the starts, and what watches one run would see many at once.
        var minimizer = new Minimizer(Options with { MaxThreads = 1, OnStep = null });
        return starts.Run(points, [.. upper.Zip(lower, (most, least) => most - least)], Options.MaxThreads, start => run(minimizer, start), end);

        double[] Each(IReadOnlyList<double> bounds) => bounds.Count == 1 ? [.. Enumerable.Repeat(bounds[0], count)] : [.. bounds];
    }
}
