using Optim.Values;

namespace Optim.Reports;

/// <summary>The record of a step.</summary>
/// <param name="Step">The optimizer's steps taken, this one included.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Loss">The loss of the batch, before the step.</param>
/// <param name="LearningRate">The rate of the step, of the first rule that has one; null for a rule without.</param>
/// <param name="GradientNorm">The global Euclidean norm of the gradient, before clipping; null where norms are not recorded.</param>
/// <param name="Time">When it had been taken.</param>
public readonly record struct StepRecord(long Step, int Epoch, double Loss, double? LearningRate, double? GradientNorm, DateTimeOffset Time)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(StepRecord), PrintMembers);
}

/// <summary>The record of an epoch.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Step">The optimizer's steps taken.</param>
/// <param name="TrainingLoss">The mean of its batches' losses, each before its step.</param>
/// <param name="ValidationLoss">The validation loss; null without a validation.</param>
/// <param name="IsBest">Whether it is the best so far.</param>
/// <param name="Time">When it ended, its validation included.</param>
public readonly record struct EpochRecord(int Epoch, long Step, double TrainingLoss, double? ValidationLoss, bool IsBest, DateTimeOffset Time)
{
    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(EpochRecord), PrintMembers);
}
