namespace Optim.Cli.Train;

/// <summary>A confusion matrix: how often images of each class were classified as each class.</summary>
internal sealed class Confusion
{
    private readonly int[,] counts;

    /// <param name="labels">The class of each image.</param>
    /// <param name="classified">The predicted class of each image.</param>
    /// <param name="classes">The number of classes.</param>
    public Confusion(ReadOnlySpan<byte> labels, IReadOnlyList<int> classified, int classes)
    {
        counts = new int[classes, classes];
        for (int i = 0; i < labels.Length; i++)
        {
            counts[labels[i], classified[i]]++;
        }

        Classes = classes;
    }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The number of images of a class that were classified as another, or as itself.</summary>
    public int this[int actual, int taken] => counts[actual, taken];

    /// <summary>Images of a class.</summary>
    public int Count(int actual) => Enumerable.Range(0, Classes).Sum(taken => counts[actual, taken]);

    /// <summary>The recall of a class; null if there are no images of it.</summary>
    public double? Recall(int actual) => Share(actual, actual);

    /// <summary>The fraction of a class that was classified as another, or as itself; null if there are no images of it.</summary>
    public double? Share(int actual, int taken) => Count(actual) is > 0 and var count ? (double)counts[actual, taken] / count : null;

    /// <summary>The most frequent wrong prediction for a class, with its count; null if there is none.</summary>
    public (int Taken, int Count)? MostTakenFor(int actual) => Enumerable.Range(0, Classes).Where(taken => taken != actual && counts[actual, taken] > 0)
        .Select(taken => ((int, int)?)(taken, counts[actual, taken])).MaxBy(pair => pair!.Value.Item2);

    /// <summary>The most frequent errors.</summary>
    public IEnumerable<(int Actual, int Taken, int Count)> Most(int number) =>
        (from actual in Enumerable.Range(0, Classes)
         from taken in Enumerable.Range(0, Classes)
         where actual != taken && counts[actual, taken] > 0
         orderby counts[actual, taken] descending, actual, taken
         select (actual, taken, counts[actual, taken])).Take(number);
}
