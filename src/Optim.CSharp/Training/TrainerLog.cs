using Microsoft.Extensions.Logging;

namespace Optim.CSharp;

/// <summary>The trainer's log messages.</summary>
internal static partial class TrainerLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Training begins at epoch {Epoch}, batch {Batch}, step {Step} with {Rule}")]
    public static partial void Begins(ILogger logger, int epoch, int batch, long step, Rule rule);

    [LoggerMessage(EventId = 2, Level = LogLevel.Debug, Message = "Epoch {Epoch}, batch {Batch}, step {Step}: loss {Loss}")]
    public static partial void Step(ILogger logger, int epoch, int batch, long step, double loss);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "Epoch {Epoch} over at step {Step}: mean loss {MeanLoss}, validation loss {ValidationLoss}, best so far: {IsBest}")]
    public static partial void Epoch(ILogger logger, int epoch, long step, double meanLoss, double? validationLoss, bool isBest);

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "Checkpoint at step {Step}")]
    public static partial void Checkpoint(ILogger logger, long step);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "Training ends at step {Step}: {End}, last loss {LastLoss}, best {BestLoss}")]
    public static partial void Ends(ILogger logger, long step, TrainingEnd end, double lastLoss, double bestLoss);

    [LoggerMessage(EventId = 6, Level = LogLevel.Warning, Message = "The loss of epoch {Epoch}, batch {Batch} at step {Step} is {Loss}")]
    public static partial void NonFinite(ILogger logger, int epoch, int batch, long step, double loss);

    [LoggerMessage(EventId = 7, Level = LogLevel.Information, Message = "Skipping the first {Batches} batches of epoch {Epoch}, which it has had")]
    public static partial void Skips(ILogger logger, int epoch, int batches);

    [LoggerMessage(EventId = 8, Level = LogLevel.Warning, Message = "The step of epoch {Epoch}, batch {Batch} was not taken at step {Step}")]
    public static partial void Refused(ILogger logger, Exception exception, int epoch, int batch, long step);

    [LoggerMessage(EventId = 9, Level = LogLevel.Warning, Message = "No checkpoint at step {Step}: a parameter is NaN or infinite")]
    public static partial void NotSaved(ILogger logger, long step);
}
