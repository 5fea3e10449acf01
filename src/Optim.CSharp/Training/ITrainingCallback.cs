namespace Optim.CSharp;

/// <summary>Takes part in a training. Every member has an empty default: implement what is of interest. Called on the training's own thread, in turn.</summary>
public interface ITrainingCallback
{
    /// <summary>Before a step, when its loss and its gradient are known: a last chance not to take it.</summary>
    /// <param name="progress">Where training is; the steps are those taken before.</param>
    /// <returns>Whether to take the step. If not, training ends where it is: <see cref="TrainingEnd.StoppedByCallback"/>.</returns>
    bool BeforeStep(TrainingProgress progress) => true;

    /// <summary>After a step.</summary>
    /// <param name="progress">Where training is.</param>
    /// <returns>Whether to go on.</returns>
    bool OnStep(TrainingProgress progress) => true;

    /// <summary>After an epoch, its validation included.</summary>
    /// <param name="epoch">What it came to.</param>
    /// <returns>Whether to go on.</returns>
    bool OnEpoch(EpochSummary epoch) => true;
}
