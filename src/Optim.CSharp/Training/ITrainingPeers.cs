namespace Optim.CSharp;

/// <summary>The other processes that run a training together with this one (Optim.Distributed): where one ends before the others, all end.</summary>
/// <remarks>
/// With peers (<see cref="Trainer{T, TBatch}.Peers"/>) a cancellation ends the training by an <see cref="OperationCanceledException"/> rather than <see cref="TrainingEnd.Cancelled"/>, and nothing is saved then: the others cannot be at the same step. Where the processes are to
/// end together and save, let a callback end the training.
/// </remarks>
public interface ITrainingPeers
{
    /// <summary>Called once, on the training thread, when the training ends on this process; it waits until it has ended on the others.</summary>
    /// <param name="failure">What it ended by: an exception of anything that training calls, a cancellation among them; thrown to the caller next. Null where it has come to its end.</param>
    /// <exception cref="InvalidOperationException">Another process has failed, and this one has not.</exception>
    void End(Exception? failure);
}
