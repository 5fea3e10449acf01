using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using Optim.Properties.Checking;
using static System.Math;

namespace Optim.Properties.Objectives.Classics;

/// <summary>The nonlinear regressions of the National Institute of Standards and Technology's Statistical Reference Datasets (StRD): data, starts and certified values in tests/nist, the models here.</summary>
internal sealed class NistRegression
{
    private static readonly Dictionary<string, Func<Vector<double>, double[], double>> Models = new(StringComparer.Ordinal)
    {
        ["Bennett5"] = (b, x) => b[0] * Pow(b[1] + x[0], -1 / b[2]),
        ["BoxBOD"] = Saturation,
        ["Chwirut1"] = Chwirut,
        ["Chwirut2"] = Chwirut,
        ["DanWood"] = (b, x) => b[0] * Pow(x[0], b[1]),
        ["ENSO"] = (b, x) => b[0] + (b[1] * Cos(2 * PI * x[0] / 12)) + (b[2] * Sin(2 * PI * x[0] / 12)) + (b[4] * Cos(2 * PI * x[0] / b[3])) + (b[5] * Sin(2 * PI * x[0] / b[3]))
            + (b[7] * Cos(2 * PI * x[0] / b[6])) + (b[8] * Sin(2 * PI * x[0] / b[6])),
        ["Eckerle4"] = (b, x) => b[0] / b[1] * Exp(-0.5 * Pow((x[0] - b[2]) / b[1], 2)),
        ["Gauss1"] = Gauss,
        ["Gauss2"] = Gauss,
        ["Gauss3"] = Gauss,
        ["Hahn1"] = Cubic,
        ["Kirby2"] = (b, x) => (b[0] + (x[0] * (b[1] + (x[0] * b[2])))) / (1 + (x[0] * (b[3] + (x[0] * b[4])))),
        ["Lanczos1"] = Lanczos,
        ["Lanczos2"] = Lanczos,
        ["Lanczos3"] = Lanczos,
        ["MGH09"] = (b, x) => b[0] * ((x[0] * x[0]) + (x[0] * b[1])) / ((x[0] * x[0]) + (x[0] * b[2]) + b[3]),
        ["MGH10"] = (b, x) => b[0] * Exp(b[1] / (x[0] + b[2])),
        ["MGH17"] = (b, x) => b[0] + (b[1] * Exp(-x[0] * b[3])) + (b[2] * Exp(-x[0] * b[4])),
        ["Misra1a"] = Saturation,
        ["Misra1b"] = (b, x) => b[0] * (1 - Pow(1 + (b[1] * x[0] / 2), -2)),
        ["Misra1c"] = (b, x) => b[0] * (1 - Pow(1 + (2 * b[1] * x[0]), -0.5)),
        ["Misra1d"] = (b, x) => b[0] * b[1] * x[0] / (1 + (b[1] * x[0])),
        ["Nelson"] = (b, x) => b[0] - (b[1] * x[0] * Exp(-b[2] * x[1])),
        ["Rat42"] = (b, x) => b[0] / (1 + Exp(b[1] - (b[2] * x[0]))),
        ["Rat43"] = (b, x) => b[0] / Pow(1 + Exp(b[1] - (b[2] * x[0])), 1 / b[3]),
        ["Roszman1"] = (b, x) => b[0] - (b[1] * x[0]) - (Atan(b[2] / (x[0] - b[3])) / PI),
        ["Thurber"] = Cubic,
    };

    private readonly Func<Vector<double>, double[], double> model;
    private readonly double[][] x;
    private readonly double[] y;

    private NistRegression(string name)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "nist", name + ".csv"));
        double[][] parameters = [.. lines.Where(line => line.StartsWith("b,", StringComparison.Ordinal)).Select(line => Numbers(line[2..]))];
        Starts = [.. Enumerable.Range(0, 2).Select(start => Column(parameters, start))];
        Certified = Column(parameters, 2);
        CertifiedErrors = Column(parameters, 3);
        SumOfSquares = Numbers(lines.Single(line => line.StartsWith("rss,", StringComparison.Ordinal))[4..])[0];
        double[][] rows = [.. lines.Where(line => char.IsDigit(line[0]) || line[0] == '-').Select(Numbers)];
        model = Models[name];

        // Nelson's model is one of the logarithm.
        y = [.. rows.Select(row => name == "Nelson" ? Log(row[0]) : row[0])];
        x = [.. rows.Select(row => row[1..])];
    }

    public static IEnumerable<string> Names => Models.Keys;

    public Vector<double>[] Starts { get; }

    public Vector<double> Certified { get; }

    public Vector<double> CertifiedErrors { get; }

    public double SumOfSquares { get; }

    public static NistRegression Of(string name) => new(name);

    public Vector<double> Residuals(Vector<double> b) => Vector<double>.Build.Dense(y.Length, i => model(b, x[i]) - y[i]);

    private static double Saturation(Vector<double> b, double[] x) => b[0] * (1 - Exp(-b[1] * x[0]));

    private static double Chwirut(Vector<double> b, double[] x) => Exp(-b[0] * x[0]) / (b[1] + (b[2] * x[0]));

    private static double Gauss(Vector<double> b, double[] x) =>
        (b[0] * Exp(-b[1] * x[0])) + (b[2] * Exp(-Pow((x[0] - b[3]) / b[4], 2))) + (b[5] * Exp(-Pow((x[0] - b[6]) / b[7], 2)));

    private static double Cubic(Vector<double> b, double[] x) =>
        (b[0] + (x[0] * (b[1] + (x[0] * (b[2] + (x[0] * b[3])))))) / (1 + (x[0] * (b[4] + (x[0] * (b[5] + (x[0] * b[6]))))));

    private static double Lanczos(Vector<double> b, double[] x) => (b[0] * Exp(-b[1] * x[0])) + (b[2] * Exp(-b[3] * x[0])) + (b[4] * Exp(-b[5] * x[0]));

    private static double[] Numbers(string line) => [.. line.Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];

    private static Vector<double> Column(double[][] rows, int column) => Vector<double>.Build.Dense(rows.Length, i => rows[i][column]);
}
