using Optim.Values;

namespace Optim.CSharp;

/// <summary>A progress report.</summary>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Batch">The batch in it, from 0.</param>
/// <param name="Step">The optimizer's steps taken.</param>
/// <param name="Loss">The loss of the batch, before its step.</param>
public sealed record TrainingProgress(int Epoch, int Batch, long Step, double Loss)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(TrainingProgress), PrintMembers);
}

/// <summary>The results of an epoch.</summary>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Step">The optimizer's steps taken.</param>
/// <param name="MeanLoss">The mean of its batches' losses.</param>
/// <param name="ValidationLoss">The validation loss, if there was a validation.</param>
/// <param name="IsBest">Whether the validation (without validation, the epoch) is the best so far.</param>
public sealed record EpochSummary(int Epoch, long Step, double MeanLoss, double? ValidationLoss, bool IsBest)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(EpochSummary), PrintMembers);
}
