using System.Globalization;
using System.Numerics;

namespace Optim;

/// <summary>How <see cref="Optimizer.Minimize{T}"/> ended.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed record Minimization<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    internal Minimization(OptimizerState<T> state, double loss, double gradientNorm, ExitReason reason)
    {
        State = state;
        Loss = loss;
        GradientNorm = gradientNorm;
        Reason = reason;
    }

    /// <summary>The last state.</summary>
    public OptimizerState<T> State { get; }

    /// <summary>The parameters to use: the last state's <see cref="OptimizerState{T}.EvaluationParameters"/>.</summary>
    public TensorSet<T> Parameters => State.EvaluationParameters;

    /// <summary>The loss at the last state's <see cref="OptimizerState{T}.Parameters"/>.</summary>
    public double Loss { get; }

    /// <summary>The Euclidean norm of the gradient there; within bounds (<see cref="LbfgsB"/>) of the projected gradient.</summary>
    public double GradientNorm { get; }

    /// <summary>The number of steps taken.</summary>
    public long Steps => State.StepCount;

    /// <summary>Why the run stopped.</summary>
    public ExitReason Reason { get; }

    /// <summary>Reason, steps, loss and gradient norm.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Reason} after {Steps} steps: loss {Loss}, gradient norm {GradientNorm}");
}
