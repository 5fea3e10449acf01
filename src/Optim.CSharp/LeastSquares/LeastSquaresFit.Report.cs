using System.Globalization;
using System.Text;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using Optim.Values;

namespace Optim.CSharp;

/// <content>What a fit shows: the summary, the table of residuals, the band of a curve.</content>
public sealed partial class LeastSquaresFit
{
    /// <summary>
    /// Each residual with its leverage, the share that the observation has in its own prediction: the diagonal of <c>J (J'J)^-1 J'</c>; and studentized, the residual over its own standard error, <c>r / (s sqrt(1 - h))</c>, weighted
    /// where there are weights: beyond 2 or 3 an observation does not fit the rest. NaN where there are no degrees of freedom.
    /// </summary>
    public IReadOnlyList<ResidualRow> ResidualTable => new ValueList<ResidualRow>(Residuals.Select((residual, i) => new ResidualRow(
        i, residual, leverages[i], (roots is null ? residual : residual * roots[i]) / (ResidualStandardError * Math.Sqrt(Math.Max(0, 1 - leverages[i]))))));

    /// <summary>The fitted curve at several places, with the band in which it lies at each with a probability: see <see cref="Predict"/>.</summary>
    /// <param name="curve">From parameters and a place to the curve there.</param>
    /// <param name="places">The places.</param>
    /// <param name="level">The probability at each place, more than 0 and less than 1. Default 0.95.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not.</exception>
    /// <exception cref="InvalidOperationException">There are no degrees of freedom.</exception>
    public IReadOnlyList<BandPoint> ConfidenceBand(Func<Vector<double>, double, double> curve, IEnumerable<double> places, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(curve);
        ArgumentNullException.ThrowIfNull(places);
        double width = Quantile(level);
        return new ValueList<BandPoint>(places.Select(place =>
        {
            var (value, error) = Predict(b => curve(b, place));
            return new BandPoint(place, value, value - (width * error), value + (width * error));
        }));
    }

    /// <summary>A summary, as R prints one of a fit by <c>nls</c>: each parameter with its standard error, t value and the probability of one as large by chance; the residual standard error; how the fit ended.</summary>
    public override string ToString()
    {
        string[][] rows =
        [
            ["", "Estimate", "Std. Error", "t value", "Pr(>|t|)", ""],
            .. Parameters.Select((value, i) => AtBound.Contains(i)
                ? [names[i], Text(value, "G7"), "at its bound", "", "", ""]
                : Row(names[i], value, StandardErrors[i])),
        ];
        int[] widths = [.. Enumerable.Range(0, 5).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder("Parameters:\n");
        foreach (string[] row in rows)
        {
            text.Append((row[0].PadRight(widths[0]) + string.Concat(row[1..5].Select((cell, i) => "  " + cell.PadLeft(widths[i + 1]))) + " " + row[5]).TrimEnd()).Append('\n');
        }

        return text.Append("---\nSignif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1\n\n")
            .Append(CultureInfo.InvariantCulture, $"Residual standard error: {ResidualStandardError:G4} on {DegreesOfFreedom} degrees of freedom\n")
            .Append(CultureInfo.InvariantCulture, $"{(HasConverged ? "Converged" : Reason.ToString())} after {Iterations} iterations, {Evaluations} evaluations").ToString();
    }

    private string[] Row(string name, double value, double error)
    {
        double probability = Probability(value / error);
        string stars = probability switch { < 0.001 => "***", < 0.01 => "**", < 0.05 => "*", < 0.1 => ".", _ => "" };
        return [name, Text(value, "G7"), Text(error, "G4"), Text(value / error, "G4"), probability < 2e-16 ? "<2e-16" : Text(probability, "G3"), stars];
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private double Probability(double t) => DegreesOfFreedom > 0 && double.IsFinite(t) ? 2 * StudentT.CDF(0, 1, DegreesOfFreedom, -Math.Abs(t)) : double.NaN;

    /// <summary>The diagonal of the projection onto the columns of the Jacobian that belong to parameters that are free.</summary>
    private static double[] LeveragesOf(Matrix<double> jacobian, int[] free)
    {
        if (free.Length == 0 || free.Length > jacobian.RowCount)
        {
            return [.. Enumerable.Repeat(free.Length == 0 ? 0 : double.NaN, jacobian.RowCount)];
        }

        double[] lengths = [.. free.Select(j => jacobian.Column(j).L2Norm())];
        var q = Matrix<double>.Build.Dense(jacobian.RowCount, free.Length, (i, k) => jacobian[i, free[k]] / lengths[k]).QR(QRMethod.Thin).Q;
        return [.. Enumerable.Range(0, jacobian.RowCount).Select(i => q.Row(i).DotProduct(q.Row(i)))];
    }
}

/// <summary>A row of <see cref="LeastSquaresFit.ResidualTable"/>.</summary>
/// <param name="Index">The observation's position, from 0.</param>
/// <param name="Residual">The residual, not weighted.</param>
/// <param name="Leverage">The share that the observation has in its own prediction, from 0 to 1.</param>
/// <param name="Studentized">The residual over its own standard error.</param>
public sealed record ResidualRow(int Index, double Residual, double Leverage, double Studentized)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(ResidualRow), PrintMembers);
}

/// <summary>A curve at a place, and the band around it.</summary>
/// <param name="Place">The place.</param>
/// <param name="Value">The curve there.</param>
/// <param name="Lower">The band's lower end.</param>
/// <param name="Upper">Its upper end.</param>
public sealed record BandPoint(double Place, double Value, double Lower, double Upper)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(BandPoint), PrintMembers);
}
