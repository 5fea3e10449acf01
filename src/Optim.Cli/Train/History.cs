using Optim.Reports;

namespace Optim.Cli.Train;

/// <summary>The record of a step.</summary>
/// <param name="Loss">The mean loss over the batch, before the step.</param>
/// <param name="Correct">The number of correctly classified images of the batch.</param>
/// <param name="Count">The number of images in the batch.</param>
/// <param name="LearningRate">The rate of the step; NaN for a rule that has none.</param>
/// <param name="GradientNorm">The global Euclidean norm of the gradient, before clipping.</param>
/// <param name="Seconds">The duration, including loading and gradient; does not affect the results.</param>
internal readonly record struct StepPoint(double Loss, int Correct, int Count, double LearningRate, double GradientNorm, double Seconds = 0);

/// <summary>The results of an epoch.</summary>
/// <param name="Epoch">The completed epochs, from 1.</param>
/// <param name="TrainingLoss">The mean training loss during the epoch, each batch before its step.</param>
/// <param name="TrainingAccuracy">The score on them: accuracy in [0, 1], or R^2.</param>
/// <param name="TestLoss">The mean loss over the held-out images.</param>
/// <param name="TestAccuracy">The score on them.</param>
/// <param name="Seconds">The duration, including evaluation; does not affect the results.</param>
internal sealed record EpochFigures(int Epoch, double TrainingLoss, double TrainingAccuracy, double TestLoss, double TestAccuracy, double Seconds);

/// <summary>The history of a training run: each step, and each completed epoch. Observably immutable: lists only grow.</summary>
internal sealed class History
{
    private readonly List<StepPoint> steps = [];
    private readonly List<EpochFigures> epochs = [];

    /// <summary>Before the first step.</summary>
    public History()
    {
    }

    public History(IEnumerable<StepPoint> steps, IEnumerable<EpochFigures> epochs)
    {
        this.steps.AddRange(steps);
        this.epochs.AddRange(epochs);
    }

    /// <summary>Every step.</summary>
    public IReadOnlyList<StepPoint> Steps => steps;

    /// <summary>Every completed epoch.</summary>
    public IReadOnlyList<EpochFigures> Epochs => epochs;

    /// <summary>The total duration.</summary>
    public double Seconds(int stepsPerEpoch) => epochs.Sum(epoch => epoch.Seconds) + steps.Skip(epochs.Count * stepsPerEpoch).Sum(step => step.Seconds);

    /// <summary>The mean loss and the accuracy over the last steps.</summary>
    public (double Loss, double Accuracy) Mean(int last)
    {
        double loss = 0;
        long correct = 0, count = 0;
        for (int i = Math.Max(0, steps.Count - last); i < steps.Count; i++)
        {
            loss += steps[i].Loss * steps[i].Count;
            correct += steps[i].Correct;
            count += steps[i].Count;
        }

        return (loss / count, (double)correct / count);
    }

    /// <summary>The steps as the library's reports have them.</summary>
    /// <param name="stepsPerEpoch">The steps per epoch.</param>
    /// <param name="started">The start of the first; for a resumed run, as if not interrupted.</param>
    public IReadOnlyList<StepRecord> Records(int stepsPerEpoch, DateTimeOffset started = default)
    {
        double seconds = 0;
        return [.. steps.Select((step, i) => new StepRecord(
            i + 1, (i / stepsPerEpoch) + 1, step.Loss, double.IsNaN(step.LearningRate) ? null : step.LearningRate, step.GradientNorm, started.AddSeconds(seconds += step.Seconds)))];
    }

    /// <summary>Replaces the contents with another history's.</summary>
    internal void Become(History other)
    {
        steps.Clear();
        epochs.Clear();
        steps.AddRange(other.steps);
        epochs.AddRange(other.epochs);
    }

    internal void Add(StepPoint step) => steps.Add(step);

    internal void Add(EpochFigures epoch) => epochs.Add(epoch);
}
