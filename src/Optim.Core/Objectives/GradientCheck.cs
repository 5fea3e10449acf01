using System.Globalization;
using System.Numerics;
using System.Text;

namespace Optim;

/// <summary>
/// Compares an objective's gradient with central differences of its loss, parameter by parameter:
/// <c>|a - n| / max(|a|, |n|, 0.001 max |n|)</c>, minus the rounding error of the loss.
/// </summary>
/// <remarks>At a kink of the loss (ReLU at 0) the two differ legitimately; check elsewhere.</remarks>
public sealed record GradientCheck
{
    private const double Floor = 1e-3;

    private GradientCheck(double loss, int count, double tolerance, IEnumerable<GradientDeviation> worst)
    {
        Loss = loss;
        Count = count;
        Tolerance = tolerance;
        Worst = new ValueList<GradientDeviation>(worst);
    }

    /// <summary>The loss at the parameters.</summary>
    public double Loss { get; }

    /// <summary>The number of parameters compared.</summary>
    public int Count { get; }

    /// <summary>The tolerance: up to this relative error the two agree; beyond its square root the gradient is wrong.</summary>
    public double Tolerance { get; }

    /// <summary>The parameters with the largest relative errors, the worst first.</summary>
    public IReadOnlyList<GradientDeviation> Worst { get; }

    /// <summary>The largest relative error; 0 where there are no parameters.</summary>
    public double LargestError => Worst.Count == 0 ? 0 : Worst[0].RelativeError;

    /// <summary>The verdict.</summary>
    public GradientVerdict Verdict =>
        LargestError <= Tolerance ? GradientVerdict.Right : LargestError <= Math.Sqrt(Tolerance) ? GradientVerdict.Doubtful : GradientVerdict.Wrong;

    /// <summary>Checks an objective at given parameters.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="objective">From parameters to the loss and its gradient. Its argument is valid until it returns.</param>
    /// <param name="parameters">Where.</param>
    /// <param name="tolerance">The relative error up to which the two agree, in (0, 1]; 1e-6 in double and 1e-2 in float when null.</param>
    /// <param name="scale">The magnitude of a typical parameter; more than 0.</param>
    /// <param name="listed">The maximum number of parameters to list; 1 or more.</param>
    /// <param name="maxThreads">The maximum number of threads calling it at once; 1 or more. Default 1: a function may use memory of its own.</param>
    /// <exception cref="ArgumentException">The objective returns null, or a gradient of another layout.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static GradientCheck Of<T>(
        Func<TensorSet<T>, Tuple<double, TensorSet<T>>> objective, TensorSet<T> parameters, double? tolerance = null, double scale = 1, int listed = 5, int maxThreads = 1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(parameters);
        double allowed = Constraint.PositiveFraction.Check(tolerance ?? (typeof(T) == typeof(float) ? 1e-2 : 1e-6), nameof(tolerance));
        Constraint.CheckCount(listed, name: nameof(listed));
        var (loss, gradient) = Execution.StepInputs<T>.Checked(objective(parameters), parameters.Layout);
        gradient = gradient.Copy();
        var numerical = NumericalGradient.Of(p => objective(p).Item1, parameters, scale, maxThreads);
        double largest = numerical.Span.ToArray().Select(x => Math.Abs(double.CreateTruncating(x))).Where(double.IsFinite).DefaultIfEmpty().Max();
        var deviations = parameters.Layout.SelectMany((shape, tensor) => Enumerable.Range(0, shape.Length).Select(i => Deviation(
            shape.Name, i, gradient[tensor].Span[i], numerical[tensor].Span[i], largest, Noise(loss, NumericalGradient.Step(parameters[tensor].Span[i], scale)))));
        return new(loss, parameters.Length, allowed, deviations.OrderByDescending(d => d.RelativeError).Take(listed));

        // A few units in the last place of the loss, over the distance of the two points.
        static double Noise(double loss, double step) => Math.ScaleB(Math.Abs(loss), typeof(T) == typeof(float) ? -22 : -51) / step;
    }

    /// <summary>The verdict, the figures, and a line for each of <see cref="Worst"/>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(
            CultureInfo.InvariantCulture, $"{Verdict}: the largest relative error of {Count} parameters is {LargestError:G3} (right up to {Tolerance:G3}, wrong above {Math.Sqrt(Tolerance):G3})");
        foreach (var deviation in Worst)
        {
            text.Append("\n  ").Append(deviation);
        }

        return text.ToString();
    }

    private static GradientDeviation Deviation<T>(string tensor, int index, T analytic, T numerical, double largest, double noise)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double a = double.CreateTruncating(analytic), n = double.CreateTruncating(numerical);
        double excess = Math.Max(0, Math.Abs(a - n) - noise), error = excess / Math.Max(Math.Max(Math.Abs(a), Math.Abs(n)), Floor * largest);
        return new(tensor, index, a, n, excess == 0 ? 0 : double.IsFinite(a) && double.IsFinite(n) ? error : double.PositiveInfinity);
    }
}

/// <summary>The result of a <see cref="GradientCheck"/>.</summary>
public enum GradientVerdict
{
    /// <summary>The gradient agrees with the finite differences.</summary>
    Right,

    /// <summary>It is close to them, but not close enough: a kink, an ill-conditioned loss, or a small mistake.</summary>
    Doubtful,

    /// <summary>It is wrong.</summary>
    Wrong,
}

/// <summary>One parameter's derivative: the objective's and the numerical one.</summary>
public sealed record GradientDeviation
{
    internal GradientDeviation(string tensor, int index, double analytic, double numerical, double relativeError)
    {
        Tensor = tensor;
        Index = index;
        Analytic = analytic;
        Numerical = numerical;
        RelativeError = relativeError;
    }

    /// <summary>The tensor's name.</summary>
    public string Tensor { get; }

    /// <summary>The parameter's flat index in its tensor, from 0.</summary>
    public int Index { get; }

    /// <summary>The objective's derivative.</summary>
    public double Analytic { get; }

    /// <summary>The numerical derivative.</summary>
    public double Numerical { get; }

    /// <summary>Their relative error; infinite if one of them is not finite.</summary>
    public double RelativeError { get; }

    /// <summary>Tensor, index, both derivatives, error.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Tensor}[{Index}]: {Analytic:R}, by differences {Numerical:R}, relative error {RelativeError:G3}");
}
