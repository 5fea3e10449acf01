namespace Optim.Cli.Train;

/// <summary>What a step saw.</summary>
/// <param name="Loss">The mean loss over the batch, before the step.</param>
/// <param name="Correct">Images of the batch that were recognised.</param>
/// <param name="Count">Images of the batch.</param>
/// <param name="LearningRate">The rate of the step; NaN for a rule that has none.</param>
/// <param name="GradientNorm">The Euclidean norm of the whole gradient, before clipping.</param>
/// <param name="Seconds">How long it took, its images and its gradient included; of no meaning for the numbers.</param>
internal readonly record struct StepPoint(double Loss, int Correct, int Count, double LearningRate, double GradientNorm, double Seconds = 0);

/// <summary>What an epoch came to.</summary>
/// <param name="Epoch">Epochs done, from 1.</param>
/// <param name="TrainingLoss">The mean loss over the images as they were seen, each before the step it was part of.</param>
/// <param name="TrainingAccuracy">The share recognised of them, in [0, 1].</param>
/// <param name="TestLoss">The mean loss over the images held out.</param>
/// <param name="TestAccuracy">The share recognised of them, in [0, 1].</param>
/// <param name="Seconds">How long it took, evaluation included; of no meaning for the numbers.</param>
internal sealed record EpochFigures(int Epoch, double TrainingLoss, double TrainingAccuracy, double TestLoss, double TestAccuracy, double Seconds);

/// <summary>Some steps together.</summary>
/// <param name="Step">The last of them, from 1.</param>
/// <param name="Loss">Their mean loss.</param>
/// <param name="LearningRate">The rate of the last one.</param>
/// <param name="GradientNorm">The mean of their gradients' norms.</param>
internal readonly record struct HistoryPart(int Step, double Loss, double LearningRate, double GradientNorm);

/// <summary>What a training has seen so far: each step, and each epoch that is over. Immutable as far as anyone sees: a list only grows.</summary>
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

    /// <summary>Every epoch that is over.</summary>
    public IReadOnlyList<EpochFigures> Epochs => epochs;

    /// <summary>How long all of it took.</summary>
    public double Seconds(int stepsPerEpoch) => epochs.Sum(epoch => epoch.Seconds) + steps.Skip(epochs.Count * stepsPerEpoch).Sum(step => step.Seconds);

    /// <summary>The mean loss and the share recognised over the last steps.</summary>
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

    /// <summary>Means over equally many steps.</summary>
    /// <param name="most">How many parts; fewer where there are fewer steps.</param>
    public IReadOnlyList<HistoryPart> Parts(int most)
    {
        int parts = Math.Min(most, steps.Count);
        return [.. Enumerable.Range(0, parts).Select(i =>
        {
            int from = (int)((long)i * steps.Count / parts), to = (int)((long)(i + 1) * steps.Count / parts);
            var part = steps[from..to];
            return new HistoryPart(to, part.Average(step => step.Loss), part[^1].LearningRate, part.Average(step => step.GradientNorm));
        })];
    }

    /// <summary>Takes another history's place.</summary>
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
