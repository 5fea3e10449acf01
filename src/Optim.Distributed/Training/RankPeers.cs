using Optim.CSharp;

namespace Optim.Distributed;

/// <summary>The ranks as the processes of one training: each waits at its end for the others, and one that has failed ends them.</summary>
internal sealed class RankPeers(ICommunicator ranks) : ITrainingPeers
{
    public void End(Exception? failure)
    {
        if (failure is null)
        {
            Agreement.Require(ranks);
        }
        else
        {
            Agreement.Tell(ranks, failure);
        }
    }
}
