using Optim.CSharp;

namespace Optim.Distributed;

/// <summary>The callbacks of all ranks: the training goes on where none of them ends it.</summary>
internal sealed class AgreedCallbacks(IReadOnlyList<ITrainingCallback> callbacks, ICommunicator ranks) : ITrainingCallback
{
    public bool BeforeStep(TrainingProgress progress) => Agreed(callback => callback.BeforeStep(progress));

    public bool OnStep(TrainingProgress progress) => Agreed(callback => callback.OnStep(progress));

    public bool OnEpoch(EpochSummary epoch) => Agreed(callback => callback.OnEpoch(epoch));

    private bool Agreed(Func<ITrainingCallback, bool> ask)
    {
        // As in one process, every callback is called, even if an earlier one returned false.
        bool goesOn = Agreement.All(ranks, () => callbacks.Aggregate(true, (others, callback) => ask(callback) & others));
        return Agreement.Least(ranks, goesOn ? 1 : 0) == 1;
    }
}
