using System.Globalization;
using System.Numerics;

namespace Optim;

/// <summary>How <see cref="Optimizer.Minimize{T}"/> ended.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed record Minimization<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    internal Minimization(OptimizerState<T> state, double loss, double gradientNorm, long evaluations, ExitReason reason)
    {
        Evaluations = evaluations;
        State = state;
        Loss = loss;
        GradientNorm = gradientNorm;
        Reason = reason;
    }

    /// <summary>The last state.</summary>
    public OptimizerState<T> State { get; }

    /// <summary>The parameters to use: the last state's <see cref="OptimizerState{T}.EvaluationParameters"/>.</summary>
    public TensorSet<T> Parameters => State.EvaluationParameters;

    /// <summary>The loss at the last state's <see cref="OptimizerState{T}.Parameters"/>; with <see cref="OwlQn"/> its penalty included.</summary>
    public double Loss { get; }

    /// <summary>The Euclidean norm of the gradient there; within bounds (<see cref="LbfgsB"/>) of the projected gradient, with <see cref="OwlQn"/> of the pseudo-gradient.</summary>
    public double GradientNorm { get; }

    /// <summary>The number of steps taken.</summary>
    public long Steps => State.StepCount;

    /// <summary>The number of points at which the objective was evaluated.</summary>
    public long Evaluations { get; }

    /// <summary>The number of line searches that ended without a point that satisfies their conditions; 0 for a rule that does not search.</summary>
    public long LineSearchFailures => FailuresOf(State);

    /// <summary>Why the run stopped.</summary>
    public ExitReason Reason { get; }

    internal static long FailuresOf(OptimizerState<T> state) =>
        (long)state.Scalars.Where(scalar => scalar.Key.StartsWith(SearchTally.FailuresName, StringComparison.Ordinal)).Sum(scalar => scalar.Value);

    /// <summary>Reason, steps, loss and gradient norm.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Reason} after {Steps} steps: loss {Loss}, gradient norm {GradientNorm}");
}

/// <summary>What a run shows before each of its steps, and at its end.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="Parameters">The parameters; the watcher may keep them.</param>
/// <param name="Loss">The loss there, as in <see cref="Minimization{T}.Loss"/>.</param>
/// <param name="GradientNorm">What becomes small, as in <see cref="Minimization{T}.GradientNorm"/>.</param>
/// <param name="Steps">The steps taken.</param>
/// <param name="Evaluations">The points evaluated.</param>
public sealed record MinimizationProgress<T>(TensorSet<T> Parameters, double Loss, double GradientNorm, long Steps, long Evaluations)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Steps, evaluations, loss and gradient norm.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"step {Steps}, {Evaluations} evaluations: loss {Loss}, gradient norm {GradientNorm}");
}
