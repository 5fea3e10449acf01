using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;
using Optim.Values;

namespace Optim.CSharp;

/// <summary>The options of a <see cref="Minimizer"/>: the rule and the <see cref="StopConditions"/>.</summary>
public sealed record MinimizerOptions
{
    /// <summary>The rule. Default: L-BFGS.</summary>
    public Rule Rule { get; init => field = value ?? throw new ArgumentNullException(nameof(Rule)); } = new Lbfgs();

    /// <summary>
    /// The least that each parameter may be: one number for all, or one for each; minus infinity for none. Copied. Default null: no bounds. With bounds here or in <see cref="Upper"/> the rule is
    /// <see cref="LbfgsB"/>, with the history, the limits and the line search of the <see cref="Rule"/>, which must be <see cref="Lbfgs"/> or <see cref="LbfgsB"/>; the objective is called within them alone.
    /// </summary>
    public IReadOnlyList<double>? Lower { get; init => field = value is null ? null : new ValueList<double>(value); }

    /// <summary>The most that each parameter may be: one number for all, or one for each; infinity for none. Copied. Default null: no bounds.</summary>
    public IReadOnlyList<double>? Upper { get; init => field = value is null ? null : new ValueList<double>(value); }

    /// <summary>When to stop.</summary>
    public StopConditions Stop { get; init => field = value ?? throw new ArgumentNullException(nameof(Stop)); } = new();

    /// <summary>The magnitude of a typical parameter, for numerical gradients; more than 0. Default 1.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>
    /// The maximum number of threads calling an objective at once, for numerical gradients; 1 or more. Default 1: an objective may use memory of its own, such as a scratch
    /// array. The result is the same for any number, as long as the objective is deterministic.
    /// </summary>
    public int MaxThreads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(MaxThreads));
            field = value;
        }
    }

    = 1;

    /// <summary>
    /// Sees the run before each step and at its end; cancelling <see cref="StopConditions.Cancellation"/> of <see cref="Stop"/> from there ends it. Has no part in a <see cref="MultiStart"/> nor in fits by least squares. Default null.
    /// </summary>
    public Action<MinimizerProgress>? OnStep { get; init; }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(MinimizerOptions), PrintMembers);

    /// <exception cref="ArgumentException">There are bounds, and the rule knows none.</exception>
    internal Rule RuleWithBounds()
    {
        if (Lower is null && Upper is null)
        {
            return Rule;
        }

        var bounded = Rule switch
        {
            LbfgsB rule => rule,
            Lbfgs rule => new LbfgsB { HistorySize = rule.HistorySize, MaxIterations = rule.MaxIterations, MaxEvaluations = rule.MaxEvaluations, GradientTolerance = rule.GradientTolerance, LineSearch = rule.LineSearch },
            _ => throw new ArgumentException($"{nameof(Lower)} and {nameof(Upper)} are bounds for L-BFGS: {nameof(Rule)} must be Lbfgs or LbfgsB, was {Rule}.", nameof(Rule)),
        };
        return bounded with { Lower = Lower ?? bounded.Lower, Upper = Upper ?? bounded.Upper };
    }
}

/// <summary>The result of a <see cref="Minimizer"/>. Non-convergence is a result, not an error: see <see cref="Reason"/>.</summary>
/// <param name="Point">The parameters found.</param>
/// <param name="Loss">The loss there.</param>
/// <param name="GradientNorm">The Euclidean norm of the gradient there; with bounds of the projected gradient, <c>clamp(p - g) - p</c>.</param>
/// <param name="Steps">The steps taken.</param>
/// <param name="Reason">Why the run stopped.</param>
public sealed record MinimizerResult(Vector<double> Point, double Loss, double GradientNorm, long Steps, ExitReason Reason)
{
    /// <summary>
    /// Whether the gradient is small, or the loss has stopped changing between points. Reaching the target loss is not convergence, nor is
    /// a lack of progress: see <see cref="Reason"/>.
    /// </summary>
    public bool HasConverged => Reason is ExitReason.GradientBelowTolerance or ExitReason.LossChangeBelowTolerance;

    /// <summary>The number of points at which the objective was evaluated; a numerical gradient there is part of it.</summary>
    public long Evaluations { get; init; }

    /// <summary>The number of line searches that ended without a point that satisfies their conditions.</summary>
    public long LineSearchFailures { get; init; }

    /// <summary>The positions of the parameters that are on one of their bounds, ascending; empty without bounds.</summary>
    public IReadOnlyList<int> AtBound { get; init => field = new ValueList<int>(value); } = new ValueList<int>([]);

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(MinimizerResult), PrintMembers);
}

/// <summary>What a run shows before each of its steps, and at its end.</summary>
/// <param name="Point">The parameters, a copy.</param>
/// <param name="Loss">The loss there.</param>
/// <param name="GradientNorm">What becomes small, as in <see cref="MinimizerResult.GradientNorm"/>.</param>
/// <param name="Steps">The steps taken.</param>
/// <param name="Evaluations">The points evaluated.</param>
public sealed record MinimizerProgress(Vector<double> Point, double Loss, double GradientNorm, long Steps, long Evaluations)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(MinimizerProgress), PrintMembers);
}

/// <summary>Minimizes deterministic objectives: <see cref="Optimizer.Minimize{T}"/> on vectors, arrays and MathNet's objective functions.</summary>
/// <remarks>
/// <code>
/// var result = new Minimizer().Minimize(x => Rosenbrock(x), Vector&lt;double&gt;.Build.Dense(2));
/// if (result.HasConverged) { Use(result.Point); }
/// </code>
/// Immutable; may be shared by objectives and threads.
/// </remarks>
public sealed partial class Minimizer
{
    /// <summary>Creates a minimizer.</summary>
    /// <param name="options">The rule and when to stop; the defaults when null.</param>
    public Minimizer(MinimizerOptions? options = null) => Options = options ?? new();

    /// <summary>The rule and when to stop.</summary>
    public MinimizerOptions Options { get; }

    /// <summary>Minimizes an objective that returns the loss and its gradient.</summary>
    /// <param name="objective">From a point to the loss and the gradient there; the point is a copy.</param>
    /// <param name="start">The starting point; not changed.</param>
    /// <exception cref="ArgumentException">The objective returns null, or a gradient of another length.</exception>
    public MinimizerResult Minimize(Func<Vector<double>, (double Loss, Vector<double> Gradient)> objective, Vector<double> start)
    {
        ArgumentNullException.ThrowIfNull(objective);
        return Run(
            set =>
            {
                var (loss, gradient) = objective(set.ToVector());
                return Tuple.Create(loss, TensorSet.Of(gradient));
            },
            start);
    }

    /// <summary>Minimizes an objective with a numerical gradient (<see cref="NumericalGradient"/>).</summary>
    /// <param name="loss">From a point to the loss there; called on up to <see cref="MinimizerOptions.MaxThreads"/> threads at once.</param>
    /// <param name="start">The starting point; not changed.</param>
    public MinimizerResult Minimize(Func<Vector<double>, double> loss, Vector<double> start)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return Run(Numerical(set => loss(set.ToVector()), Options.MaxThreads), start);
    }

    /// <summary>Minimizes an objective that writes its gradient into a span.</summary>
    /// <param name="objective">Reads a point, writes the gradient there, returns the loss.</param>
    /// <param name="start">The starting point; not changed.</param>
    public MinimizerResult Minimize(SpanObjective objective, ReadOnlySpan<double> start)
    {
        ArgumentNullException.ThrowIfNull(objective);
        return Run(
            set =>
            {
                double[] gradient = new double[set.Length];
                double loss = objective(set.Span, gradient);
                return Tuple.Create(loss, TensorSet.OfArray(gradient));
            },
            Vector<double>.Build.DenseOfArray(start.ToArray()));
    }

    /// <summary>Minimizes a MathNet objective function, numerically if it supports no gradient.</summary>
    /// <param name="objective">The function. It is evaluated at many points, on one thread, and finally at the solution.</param>
    /// <param name="start">The starting point; not changed.</param>
    public MinimizerResult Minimize(IObjectiveFunction objective, Vector<double> start)
    {
        ArgumentNullException.ThrowIfNull(objective);
        Func<TensorSet<double>, double> value = set => At(set).Value;
        var result = Run(
            objective.IsGradientSupported
                ? set =>
                {
                    var at = At(set);
                    return Tuple.Create(at.Value, TensorSet.Of(at.Gradient));
                }
                : Numerical(value, maxThreads: 1),
            start);
        if (!result.Point.Equals(objective.Point))
        {
            objective.EvaluateAt(result.Point);
        }

        return result;

        IObjectiveFunction At(TensorSet<double> set)
        {
            objective.EvaluateAt(set.ToVector());
            return objective;
        }
    }

    /// <summary>Fits parameters by least squares: minimizes the sum of the squares of residuals, by Levenberg and Marquardt's method, and says how certain the parameters are.</summary>
    /// <remarks>
    /// <code>
    /// var fit = new Minimizer().FitLeastSquares(b => y - Curve(x, b), start);
    /// Console.WriteLine(fit);
    /// </code>
    /// <see cref="MinimizerOptions.Lower"/> and <see cref="MinimizerOptions.Upper"/> are bounds here, too: residuals are asked for within them alone. Of the other options none has a part in it. The linear algebra is MathNet's: its last
    /// bits are those of the provider that the application has chosen. Moré 1978, The Levenberg-Marquardt algorithm: implementation and theory; Nielsen 1999, Damping parameter in Marquardt's method.
    /// </remarks>
    /// <param name="residuals">From parameters to the residuals, observed less predicted or the other way round; always as many.</param>
    /// <param name="start">The starting point, brought into the bounds; not changed.</param>
    /// <param name="options">Derivatives, weights, names, tolerances; the defaults when null.</param>
    /// <exception cref="ArgumentException">There are no parameters, the bounds or names are not one for each, or residuals, weights or derivatives do not go together.</exception>
    public LeastSquaresFit FitLeastSquares(Func<Vector<double>, Vector<double>> residuals, Vector<double> start, LeastSquaresOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(residuals);
        ArgumentNullException.ThrowIfNull(start);
        options ??= new();
        if (start.Count == 0 || (options.Names is { } names && names.Count != start.Count))
        {
            throw new ArgumentException(FormattableString.Invariant($"There must be a parameter or more, and a name for each, were {start.Count} and {options.Names?.Count ?? start.Count}."), nameof(start));
        }

        var box = new LbfgsB { Lower = Options.Lower ?? [double.NegativeInfinity], Upper = Options.Upper ?? [double.PositiveInfinity] };
        box.Validate();
        box.ValidateFor(Layout.OfVector(start.Count));
        return new LevenbergMarquardt(residuals, options, Each(box.Lower), Each(box.Upper)).Fit(start);

        double[] Each(IReadOnlyList<double> bounds) => [.. Enumerable.Range(0, start.Count).Select(i => bounds[bounds.Count == 1 ? 0 : i])];
    }

    private MinimizerResult Run(Func<TensorSet<double>, Tuple<double, TensorSet<double>>> objective, Vector<double> start)
    {
        ArgumentNullException.ThrowIfNull(start);
        var rule = Options.RuleWithBounds();
        var end = Optimizer.Minimize(
            rule, TensorSet.Of(start), objective, Options.Stop,
            Options.OnStep is { } watch ? progress => watch(new(progress.Parameters.ToVector(), progress.Loss, progress.GradientNorm, progress.Steps, progress.Evaluations)) : null);
        var point = end.Parameters.ToVector();
        return new(point, end.Loss, end.GradientNorm, end.Steps, end.Reason)
        {
            Evaluations = end.Evaluations,
            LineSearchFailures = end.LineSearchFailures,
            AtBound = rule is LbfgsB bounded ? [.. Enumerable.Range(0, point.Count).Where(i => IsAtBound(bounded, i, point[i]))] : [],
        };
    }

    private static bool IsAtBound(LbfgsB rule, int i, double value) => value <= rule.Lower[rule.Lower.Count == 1 ? 0 : i] || value >= rule.Upper[rule.Upper.Count == 1 ? 0 : i];

    private Func<TensorSet<double>, Tuple<double, TensorSet<double>>> Numerical(Func<TensorSet<double>, double> loss, int maxThreads) =>
        Options.RuleWithBounds() is LbfgsB bounded
            ? point => Tuple.Create(loss(point), NumericalGradient.Within(loss, point, bounded.Lower, bounded.Upper, Options.Scale, maxThreads))
            : Objective.WithNumericalGradient(loss, Options.Scale, maxThreads);
}

/// <summary>An objective on spans.</summary>
/// <param name="point">The point; valid until it returns.</param>
/// <param name="gradient">Receives the gradient; initially 0.</param>
/// <returns>The loss.</returns>
public delegate double SpanObjective(ReadOnlySpan<double> point, Span<double> gradient);
