// Three models fitted to data, as docs/calibration.md tells it: a yield curve from many starts, a dose-response curve with its uncertainty, a volatility model by maximum likelihood. Each checks its own result.
using MathNet.Numerics.LinearAlgebra;
using Optim.CSharp;
using Optim.Lanes;

// Yields in percent, as they might be quoted.
double[] years = [0.25, 0.5, 1, 2, 3, 4, 5, 7, 10, 15, 20, 25, 30];
double[] yields = [3.76, 3.69, 3.51, 3.22, 3.08, 3.05, 3.08, 3.21, 3.44, 3.70, 3.80, 3.82, 3.81];

var curves = new Minimizer(new() { Lower = [0, -15, -30, -30, 0.2, 4], Upper = [15, 15, 30, 30, 4, 20], MaxThreads = Environment.ProcessorCount })
    .FitLeastSquares(b => Vector<double>.Build.Dense(years.Length, i => yields[i] - Svensson(b, years[i])), new MultiStart { Starts = 64 }, new() { Names = ["b0", "b1", "b2", "b3", "tau1", "tau2"] });
Console.WriteLine(curves);

// Responses to doses of a drug, three at each.
double[] doses = [0.01, 0.01, 0.01, 0.1, 0.1, 0.1, 1, 1, 1, 10, 10, 10, 100, 100, 100, 1000, 1000, 1000];
double[] responses = [2.1, 1.4, 3.0, 4.9, 3.8, 5.6, 19.7, 17.2, 21.5, 61.8, 65.9, 63.1, 93.3, 91.2, 95.0, 98.9, 101.3, 99.6];

var response = new Minimizer(new() { Lower = [-50, 50, 1e-3, 0.1], Upper = [50, 150, 1e3, 5] })
    .FitLeastSquares(b => Vector<double>.Build.Dense(doses.Length, i => responses[i] - Logistic(b, doses[i])), Vector<double>.Build.Dense([0, 100, 1, 1]), new() { Names = ["bottom", "top", "EC50", "Hill"] });
Console.WriteLine(response);
foreach (var point in response.ConfidenceBand(Logistic, [0.3, 3, 30]))
{
    Console.WriteLine(FormattableString.Invariant($"at {point.Place,4}: {point.Value:F1}, between {point.Lower:F1} and {point.Upper:F1}"));
}

// 2000 days of returns whose variance follows h = omega + alpha r^2 + beta h.
double[] returns = Simulated(omega: 0.05, alpha: 0.1, beta: 0.85);

// With alpha = p s and beta = p (1 - s), bounds on p alone keep the variance from growing without end.
var volatility = new Minimizer(new() { Lower = [1e-6, 0, 0], Upper = [10, 0.9999, 1] })
    .Minimize(x => MinusLogLikelihood(returns, x[0], x[1] * x[2], x[1] * (1 - x[2])), Vector<double>.Build.Dense([0.1, 0.9, 0.1]));
Console.WriteLine(FormattableString.Invariant($"omega {volatility.Point[0]:F3}, alpha {volatility.Point[1] * volatility.Point[2]:F3}, beta {volatility.Point[1] * (1 - volatility.Point[2]):F3}: {volatility.Reason} after {volatility.Evaluations} evaluations"));

bool isRight = curves.Best.HasConverged && curves.Best.ResidualStandardError < 0.02
    && response.HasConverged && Math.Abs(response.Parameters[2] - 5) < 1
    && volatility.HasConverged && Math.Abs(volatility.Point[1] - 0.95) < 0.05;
return isRight ? 0 : 1;

static double Svensson(Vector<double> b, double t)
{
    double u = t / b[4], v = t / b[5], slope = (1 - Math.Exp(-u)) / u, hump = (1 - Math.Exp(-v)) / v;
    return b[0] + (b[1] * slope) + (b[2] * (slope - Math.Exp(-u))) + (b[3] * (hump - Math.Exp(-v)));
}

static double Logistic(Vector<double> b, double dose) => b[0] + ((b[1] - b[0]) / (1 + Math.Pow(b[2] / dose, b[3])));

static double MinusLogLikelihood(double[] returns, double omega, double alpha, double beta)
{
    double h = returns.Average(r => r * r), sum = 0;
    foreach (double r in returns)
    {
        sum += 0.5 * (Math.Log(h) + (r * r / h));
        h = omega + (alpha * r * r) + (beta * h);
    }

    return sum / returns.Length;
}

static double[] Simulated(double omega, double alpha, double beta)
{
    var random = new CounterRandom(1, 0, 0);
    double h = omega / (1 - alpha - beta);
    double[] returns = new double[2000];
    for (int day = 0; day < returns.Length; day++)
    {
        returns[day] = Math.Sqrt(h) * random.Normal(day);
        h = omega + (alpha * returns[day] * returns[day]) + (beta * h);
    }

    return returns;
}
