namespace Optim.CSharp;

/// <summary>A callback of a training run. Every member has an empty default implementation. Called on the training thread, in order.</summary>
public interface ITrainingCallback
{
    /// <summary>Called before a step, with its loss and gradient known: the last chance to cancel it.</summary>
    /// <param name="progress">The progress; the steps are those taken before.</param>
    /// <returns>Whether to take the step. If not, training ends: <see cref="TrainingEnd.StoppedByCallback"/>.</returns>
    bool BeforeStep(TrainingProgress progress) => true;

    /// <summary>Called after a step.</summary>
    /// <param name="progress">The progress.</param>
    /// <returns>Whether to continue.</returns>
    bool OnStep(TrainingProgress progress) => true;

    /// <summary>Called after an epoch, including its validation.</summary>
    /// <param name="epoch">Its results.</param>
    /// <returns>Whether to continue.</returns>
    bool OnEpoch(EpochSummary epoch) => true;
}
