// A damped oscillation through noisy measurements, by L-BFGS with a strong Wolfe search. The gradient is written by hand and checked first.
using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using Optim;
using Optim.CSharp;

double[] truth = [2, 0.3, 1.7, 0.4];
var random = new Random(2);
double[] times = [.. Enumerable.Range(0, 200).Select(i => i / 20.0)];
double[] measured = [.. times.Select(t => Model(truth, t) + (0.02 * ((random.NextDouble() * 2) - 1)))];

var start = Vector<double>.Build.DenseOfArray([1.5, 0.2, 1.6, 0]);
var check = GradientCheck.Of<double>(p => Loss(p.ToVector()) is var (loss, gradient) ? Tuple.Create(loss, TensorSet.Of(gradient)) : null!, TensorSet.Of(start));
Console.WriteLine(check);

var minimizer = new Minimizer(new() { Stop = new() { GradientTolerance = 1e-8, MaxSteps = 500 } });
var fit = minimizer.Minimize(Loss, start);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fit.Reason} after {fit.Steps} steps: loss {fit.Loss:E2}"));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"y = {fit.Point[0]:F3} exp(-{fit.Point[1]:F3} t) cos({fit.Point[2]:F3} t + {fit.Point[3]:F3})"));
return fit.HasConverged && (fit.Point - Vector<double>.Build.DenseOfArray(truth)).L2Norm() < 0.05 ? 0 : 1;

static double Model(IReadOnlyList<double> p, double t) => p[0] * Math.Exp(-p[1] * t) * Math.Cos((p[2] * t) + p[3]);

(double Loss, Vector<double> Gradient) Loss(Vector<double> p)
{
    var gradient = Vector<double>.Build.Dense(4);
    double loss = 0;
    for (int i = 0; i < times.Length; i++)
    {
        double t = times[i], decay = Math.Exp(-p[1] * t);
        var (sin, cos) = Math.SinCos((p[2] * t) + p[3]);
        double error = (p[0] * decay * cos) - measured[i];
        loss += error * error / times.Length;
        double slope = 2 * error * decay / times.Length;
        gradient[0] += slope * cos;
        gradient[1] -= slope * p[0] * t * cos;
        gradient[2] -= slope * p[0] * t * sin;
        gradient[3] -= slope * p[0] * sin;
    }

    return (loss, gradient);
}
