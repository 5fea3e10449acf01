namespace Optim.Cli.Train;

/// <summary>Told how a training goes on.</summary>
internal interface ITrainingWatcher
{
    /// <summary>A step was taken, the last of the history.</summary>
    /// <param name="epoch">The epoch it is of, from 1.</param>
    /// <param name="step">Which step of the epoch, from 1.</param>
    /// <param name="history">What has been seen so far.</param>
    void OnStep(int epoch, int step, History history);

    /// <summary>An epoch is over, the last of the history.</summary>
    /// <param name="history">What has been seen so far.</param>
    void OnEpoch(History history);
}
