using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Optim.CSharp;

/// <summary>
/// Steps <c>(J'J + lambda D'D) s = -J'r</c>, D the largest length of each column of J so far (Moré 1978, The Levenberg-Marquardt algorithm: implementation and theory), lambda by the gain (Nielsen 1999,
/// Damping parameter in Marquardt's method); within bounds on the parameters that are free to move.
/// </summary>
/// <remarks>
/// MathNet's <c>LevenbergMarquardtMinimizer</c> takes the pseudo-inverse of J'J, which drops parameters of other magnitudes: on NIST's problems its standard errors are wrong for 5 of 27, and 4 of 54 starts fail.
/// </remarks>
internal sealed class LevenbergMarquardt(Func<Vector<double>, Vector<double>> residuals, LeastSquaresOptions options, double[] lower, double[] upper)
{
    private const double LeastGain = 1e-4, MostDamping = 1e100, FlatColumn = 1e-8, NearlyStationary = 1e-5, RoundingOnly = 1e-24;

    private static readonly double RelativeStep = Math.Cbrt(Math.ScaleB(1, -52));

    private double[] roots = [];

    /// <summary>The evaluations of the residuals so far.</summary>
    public int Evaluations { get; private set; }

    /// <summary>The fit from a start.</summary>
    public LeastSquaresFit Fit(Vector<double> start)
    {
        var x = Within(start.Clone());
        var r = Weighted(Residuals(x));
        double[] scale = new double[x.Count];
        double damping = 1e-3, growth = 2;
        var jacobian = Jacobian(x, r);
        Enlarge(scale, jacobian);
        double first = r.DotProduct(r);
        int iteration = 0;
        ExitReason? reason = null;
        for (; reason is null; iteration++)
        {
            double cost = r.DotProduct(r);
            int[] free = Free(x, jacobian.TransposeThisAndMultiply(r));
            if (cost == 0 || free.All(j => Cosine(jacobian, r, j) <= options.GradientTolerance))
            {
                reason = ExitReason.GradientBelowTolerance;
            }
            else if (iteration == options.MaxIterations)
            {
                reason = ExitReason.MaxStepsReached;
            }

            while (reason is null)
            {
                var next = Within(x + Step(jacobian, r, scale, free, damping));
                var way = next - x;
                bool isSmall = Length(way, scale) <= options.StepTolerance * Length(x, scale);
                var trial = Weighted(Residuals(next));
                double reached = trial.DotProduct(trial), model = (r + (jacobian * way)).L2Norm(), gain = (cost - reached) / (cost - (model * model));
                if (reached < cost && (gain > LeastGain || isSmall) && Jacobian(next, trial) is var nextJacobian && (isSmall || !HasFlatColumn(nextJacobian, scale)))
                {
                    (x, r, jacobian) = (next, trial, nextJacobian);
                    Enlarge(scale, jacobian);
                    damping = Math.Max(damping * Math.Max(1.0 / 3, 1 - Math.Pow((2 * gain) - 1, 3)), double.Epsilon);
                    growth = 2;
                    reason = isSmall && IsNearlyStationary(jacobian, r, Free(x, jacobian.TransposeThisAndMultiply(r)), first) ? ExitReason.LossChangeBelowTolerance : null;
                    break;
                }

                reason = isSmall && IsNearlyStationary(jacobian, r, free, first) ? ExitReason.LossChangeBelowTolerance
                    : isSmall || damping > MostDamping ? ExitReason.NoProgress : null;
                damping *= growth;
                growth *= 2;
            }
        }

        return new(x, Residuals(x), r.DotProduct(r), jacobian, Free(x, jacobian.TransposeThisAndMultiply(r)), options, iteration - 1, Evaluations, reason!.Value);
    }

    private Vector<double> Within(Vector<double> x)
    {
        x.MapIndexedInplace((i, value) => Math.Clamp(value, lower[i], upper[i]));
        return x;
    }

    private Vector<double> Residuals(Vector<double> x)
    {
        Evaluations++;
        return residuals(x.Clone()) ?? throw new ArgumentException("The residuals must not be null.", nameof(residuals));
    }

    private Vector<double> Weighted(Vector<double> values)
    {
        if (roots.Length == 0)
        {
            roots = [.. (options.Weights ?? [.. Enumerable.Repeat(1.0, values.Count)]).Select(weight => Math.Sqrt(Constraint.NonNegative.Check(weight, nameof(options.Weights))))];
        }

        return values.Count == roots.Length
            ? values.MapIndexed((i, value) => value * roots[i])
            : throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"There must be as many residuals as {(options.Weights is null ? "at the start" : "weights")}, {roots.Length}, were {values.Count}."), nameof(residuals));
    }

    private Matrix<double> Jacobian(Vector<double> x, Vector<double> r)
    {
        if (options.Jacobian is { } exact)
        {
            var given = exact(x.Clone()) ?? throw new ArgumentException("The Jacobian must not be null.", nameof(options));
            return given.RowCount == r.Count && given.ColumnCount == x.Count
                ? given.MapIndexed((i, _, value) => value * roots[i])
                : throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture, $"The Jacobian must have {r.Count} rows and {x.Count} columns, had {given.RowCount} and {given.ColumnCount}."), nameof(options));
        }

        var jacobian = Matrix<double>.Build.Dense(r.Count, x.Count);
        var moved = x.Clone();
        for (int j = 0; j < x.Count; j++)
        {
            double step = RelativeStep * (x[j] == 0 ? 1 : Math.Abs(x[j]));
            double up = Math.Min(x[j] + step, upper[j]), down = Math.Max(x[j] - step, lower[j]);
            if (up == down)
            {
                continue;
            }

            moved[j] = up;
            var above = up == x[j] ? r : Weighted(Residuals(moved));
            moved[j] = down;
            var below = down == x[j] ? r : Weighted(Residuals(moved));
            moved[j] = x[j];
            jacobian.SetColumn(j, (above - below) / (up - down));
        }

        return jacobian;
    }

    /// <summary>The parameters that are not held at a bound that the residuals push them against.</summary>
    private int[] Free(Vector<double> x, Vector<double> gradient) =>
        [.. Enumerable.Range(0, x.Count).Where(j => lower[j] < upper[j] && !(x[j] <= lower[j] && gradient[j] > 0) && !(x[j] >= upper[j] && gradient[j] < 0))];

    private static Vector<double> Step(Matrix<double> jacobian, Vector<double> r, double[] scale, int[] free, double damping)
    {
        int rows = jacobian.RowCount;
        var system = Matrix<double>.Build.Dense(
            rows + free.Length, free.Length, (i, k) => i < rows ? jacobian[i, free[k]] / scale[free[k]] : i - rows == k ? Math.Sqrt(damping) : 0);
        var solved = system.QR(QRMethod.Thin).Solve(Vector<double>.Build.Dense(rows + free.Length, i => i < rows ? -r[i] : 0));
        var step = Vector<double>.Build.Dense(jacobian.ColumnCount);
        foreach (var (k, j) in free.Index())
        {
            step[j] = solved[k] / scale[j];
        }

        return step;
    }

    private static void Enlarge(double[] scale, Matrix<double> jacobian)
    {
        for (int j = 0; j < scale.Length; j++)
        {
            double length = jacobian.Column(j).L2Norm();
            scale[j] = Math.Max(scale[j], double.IsFinite(length) ? length : 0);
            scale[j] = scale[j] == 0 ? 1 : scale[j];
        }
    }

    /// <summary>Whether a parameter has lost all influence: the fit would never move it again.</summary>
    private static bool HasFlatColumn(Matrix<double> jacobian, double[] scale) =>
        Enumerable.Range(0, scale.Length).Any(j => !(jacobian.Column(j).L2Norm() > FlatColumn * scale[j]) && scale[j] != 1);

    /// <summary>Whether a small step is the end: it may be small for its damping alone, where every longer one is refused; and what is left of the residuals may be rounding, which has any direction.</summary>
    private static bool IsNearlyStationary(Matrix<double> jacobian, Vector<double> r, int[] free, double first) =>
        r.DotProduct(r) <= RoundingOnly * first || free.All(j => Cosine(jacobian, r, j) <= NearlyStationary);

    private static double Cosine(Matrix<double> jacobian, Vector<double> r, int column)
    {
        var direction = jacobian.Column(column);
        double length = direction.L2Norm();
        return length == 0 ? 0 : Math.Abs(direction.DotProduct(r)) / (length * r.L2Norm());
    }

    private static double Length(Vector<double> way, double[] scale) => way.PointwiseMultiply(Vector<double>.Build.Dense(scale)).L2Norm();
}
