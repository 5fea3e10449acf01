namespace Optim.CSharp;

/// <summary>Takes part in a training. Every member has an empty default: implement what is of interest. Called on the training's own thread, in turn.</summary>
public interface ITrainingCallback
{
    /// <summary>After a step.</summary>
    /// <param name="progress">Where training is.</param>
    /// <returns>Whether to go on.</returns>
    bool OnStep(TrainingProgress progress) => true;

    /// <summary>After an epoch, its validation included.</summary>
    /// <param name="epoch">What it came to.</param>
    /// <returns>Whether to go on.</returns>
    bool OnEpoch(EpochSummary epoch) => true;
}
