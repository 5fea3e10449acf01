using System.Numerics;

namespace Optim.CSharp;

/// <summary>What a <see cref="Trainer{T, TBatch}"/> steps: an <see cref="InPlaceOptimizer{T}"/>, or one whose state is divided among processes (Optim.Distributed).</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public interface ITrainedOptimizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The rule that the next step follows.</summary>
    Rule Rule { get; }

    /// <summary>The numeric hyperparameters that the next step will use, by path; see <see cref="OptimizerState{T}.Hyperparameters"/>.</summary>
    IReadOnlyDictionary<string, double> Hyperparameters { get; }

    /// <summary>The number of steps taken.</summary>
    long StepCount { get; }

    /// <summary>One step with the current gradients.</summary>
    /// <param name="loss">The loss at the parameters, for rules that need it.</param>
    void Step(double? loss);

    /// <summary>One step on an objective, for rules that evaluate it at several points.</summary>
    /// <param name="objective">Reads the parameters' values, writes their gradients, returns the loss.</param>
    /// <returns>The loss at the parameters before the step.</returns>
    double StepOn(Func<double> objective);

    /// <summary>Applies the gradients pending in an outermost <see cref="Accumulate"/>; does nothing if there are none.</summary>
    void Flush();

    /// <summary>What this process keeps of the state; later steps do not change it.</summary>
    OptimizerState<T> Snapshot();

    /// <summary>Continues from what <see cref="Snapshot"/> has returned.</summary>
    /// <param name="state">The state; it stays valid.</param>
    void Load(OptimizerState<T> state);

    /// <summary>Whether every parameter, wherever its state is kept, is finite.</summary>
    bool IsFinite();

    /// <summary>Calls a function while the arrays hold the parameters for evaluating a model, and the iterate again afterwards.</summary>
    /// <typeparam name="TResult">What the function returns.</typeparam>
    /// <param name="function">Reads the parameters' values.</param>
    TResult AtEvaluationParameters<TResult>(Func<TResult> function);
}
