using System.Globalization;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Optim.CSharp;

/// <summary>A fit by least squares: the parameters with their uncertainty, as regression has them. Non-convergence is a result, not an error: see <see cref="Reason"/>.</summary>
/// <remarks>
/// With J the derivatives of the (weighted) residuals, S their sum of squares and n - k the degrees of freedom, the covariance of the parameters is <c>S / (n - k) (J'J)^-1</c>, linear in the residuals. It is computed from the
/// QR decomposition of J with columns of length 1. Parameters at a bound that the residuals push them against count as given: their errors are 0. Where J has not full rank, errors are infinite or NaN.
/// </remarks>
public sealed partial class LeastSquaresFit : IEquatable<LeastSquaresFit>
{
    private readonly IReadOnlyList<string> names;
    private readonly double[] leverages;
    private readonly double[]? roots;

    internal LeastSquaresFit(
        Vector<double> parameters, Vector<double> residuals, double sum, Matrix<double> jacobian, int[] free, LeastSquaresOptions options, int iterations, int evaluations, ExitReason reason)
    {
        Parameters = parameters;
        Residuals = residuals;
        ResidualSumOfSquares = sum;
        Iterations = iterations;
        Evaluations = evaluations;
        Reason = reason;
        AtBound = [.. Enumerable.Range(0, parameters.Count).Except(free)];
        DegreesOfFreedom = residuals.Count - free.Length;
        names = options.Names ?? [.. Enumerable.Range(1, parameters.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"b{i}"))];
        (leverages, roots) = (LeveragesOf(jacobian, free), options.Weights is { } weights ? [.. weights.Select(Math.Sqrt)] : null);
        Covariance = CovarianceOf(jacobian, free, DegreesOfFreedom > 0 ? sum / DegreesOfFreedom : double.NaN);
        StandardErrors = Covariance.Diagonal().Map(Math.Sqrt);
    }

    /// <summary>The parameters found.</summary>
    public Vector<double> Parameters { get; }

    /// <summary>The standard error of each parameter, the root of its variance.</summary>
    public Vector<double> StandardErrors { get; }

    /// <summary>The covariance of the parameters.</summary>
    public Matrix<double> Covariance { get; }

    /// <summary>Their correlation: the covariance over the product of the standard errors.</summary>
    public Matrix<double> Correlation => Covariance.MapIndexed((i, j, value) => i == j ? 1 : value / (StandardErrors[i] * StandardErrors[j]));

    /// <summary>The residuals there, not weighted.</summary>
    public Vector<double> Residuals { get; }

    /// <summary>The sum of their squares, each times its weight.</summary>
    public double ResidualSumOfSquares { get; }

    /// <summary>The root of that over the degrees of freedom.</summary>
    public double ResidualStandardError => Math.Sqrt(ResidualSumOfSquares / DegreesOfFreedom);

    /// <summary>The number of residuals less that of parameters that are free.</summary>
    public int DegreesOfFreedom { get; }

    /// <summary>The positions of the parameters that are held at a bound, ascending.</summary>
    public IReadOnlyList<int> AtBound { get; }

    /// <summary>The steps taken.</summary>
    public int Iterations { get; }

    /// <summary>How often the residuals were evaluated, for a numerical Jacobian included.</summary>
    public int Evaluations { get; }

    /// <summary>Why the fit ended: the residuals are at right angles to what the parameters can change (<see cref="ExitReason.GradientBelowTolerance"/>), or the steps have become small (<see cref="ExitReason.LossChangeBelowTolerance"/>).</summary>
    public ExitReason Reason { get; }

    /// <summary>Whether the fit ended at a minimum.</summary>
    public bool HasConverged => Reason is ExitReason.GradientBelowTolerance or ExitReason.LossChangeBelowTolerance;

    /// <summary>Between which values each parameter lies with a probability, by Student's t distribution.</summary>
    /// <param name="level">The probability, more than 0 and less than 1. Default 0.95.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    /// <exception cref="InvalidOperationException">There are no degrees of freedom.</exception>
    public IReadOnlyList<(double Lower, double Upper)> ConfidenceIntervals(double level = 0.95)
    {
        double width = Quantile(level);
        return [.. Parameters.Zip(StandardErrors, (value, error) => (value - (width * error), value + (width * error)))];
    }

    /// <summary>A quantity that depends on the parameters, such as the fitted curve at a point, with its standard error by the delta method: the root of <c>g' C g</c>, g the quantity's gradient by central differences.</summary>
    /// <param name="quantity">From parameters to the quantity.</param>
    public (double Value, double StandardError) Predict(Func<Vector<double>, double> quantity)
    {
        ArgumentNullException.ThrowIfNull(quantity);
        var gradient = Vector<double>.Build.Dense(Parameters.Count, i =>
        {
            double step = 1e-6 * (Parameters[i] == 0 ? 1 : Math.Abs(Parameters[i]));
            Vector<double> up = Parameters.Clone(), down = Parameters.Clone();
            (up[i], down[i]) = (up[i] + step, down[i] - step);
            return (quantity(up) - quantity(down)) / (up[i] - down[i]);
        });
        return (quantity(Parameters.Clone()), Math.Sqrt(gradient.DotProduct(Covariance * gradient)));
    }

    /// <summary>The band in which a quantity lies with a probability: see <see cref="Predict"/>.</summary>
    /// <param name="quantity">From parameters to the quantity.</param>
    /// <param name="level">The probability, more than 0 and less than 1. Default 0.95.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    /// <exception cref="InvalidOperationException">There are no degrees of freedom.</exception>
    public (double Lower, double Upper) ConfidenceBand(Func<Vector<double>, double> quantity, double level = 0.95)
    {
        double width = Quantile(level);
        var (value, error) = Predict(quantity);
        return (value - (width * error), value + (width * error));
    }

    /// <summary>Whether both are the same fit: parameters, residuals, covariance and how they ended.</summary>
    /// <param name="other">Another fit.</param>
    public bool Equals(LeastSquaresFit? other) =>
        other is not null && Parameters.Equals(other.Parameters) && Residuals.Equals(other.Residuals) && Covariance.Equals(other.Covariance) && names.SequenceEqual(other.names)
        && (ResidualSumOfSquares, Iterations, Evaluations, Reason).Equals((other.ResidualSumOfSquares, other.Iterations, other.Evaluations, other.Reason));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LeastSquaresFit);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Parameters, ResidualSumOfSquares, Iterations, Reason);

    private double Quantile(double level)
    {
        if (!(level > 0 && level < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(level), string.Create(CultureInfo.InvariantCulture, $"{nameof(level)} must be more than 0 and less than 1, was {level}."));
        }

        return DegreesOfFreedom > 0
            ? StudentT.InvCDF(0, 1, DegreesOfFreedom, (1 + level) / 2)
            : throw new InvalidOperationException("There are as many parameters as residuals: nothing is left to tell their errors by.");
    }

    private static Matrix<double> CovarianceOf(Matrix<double> jacobian, int[] free, double variance)
    {
        int n = jacobian.ColumnCount;
        var covariance = Matrix<double>.Build.Dense(n, n);
        if (free.Length == 0 || free.Length > jacobian.RowCount)
        {
            return free.Length == 0 ? covariance : Matrix<double>.Build.Dense(n, n, double.NaN);
        }

        double[] lengths = [.. free.Select(j => jacobian.Column(j).L2Norm())];
        var upper = Matrix<double>.Build.Dense(jacobian.RowCount, free.Length, (i, k) => jacobian[i, free[k]] / lengths[k]).QR(QRMethod.Thin).R;
        var inverse = upper.Solve(Matrix<double>.Build.DenseIdentity(free.Length));
        for (int a = 0; a < free.Length; a++)
        {
            for (int b = 0; b < free.Length; b++)
            {
                covariance[free[a], free[b]] = variance * inverse.Row(a).DotProduct(inverse.Row(b)) / (lengths[a] * lengths[b]);
            }
        }

        return covariance;
    }
}
