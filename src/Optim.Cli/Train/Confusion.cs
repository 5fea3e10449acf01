namespace Optim.Cli.Train;

/// <summary>How often images of a class were taken for each class.</summary>
internal sealed class Confusion
{
    private readonly int[,] counts;

    /// <param name="labels">The class of each image.</param>
    /// <param name="classified">The class it was taken for.</param>
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

    /// <summary>How many of a class were taken for another, or for itself.</summary>
    public int this[int actual, int taken] => counts[actual, taken];

    /// <summary>Images of a class.</summary>
    public int Count(int actual) => Enumerable.Range(0, Classes).Sum(taken => counts[actual, taken]);

    /// <summary>The share of a class that was recognised; null where there are no images of it.</summary>
    public double? Recall(int actual) => Share(actual, actual);

    /// <summary>The share of a class that was taken for another, or for itself; null where there are no images of it.</summary>
    public double? Share(int actual, int taken) => Count(actual) is > 0 and var count ? (double)counts[actual, taken] / count : null;

    /// <summary>The other class that images of one were taken for most often, and how often; null where none was.</summary>
    public (int Taken, int Count)? MostTakenFor(int actual) => Enumerable.Range(0, Classes).Where(taken => taken != actual && counts[actual, taken] > 0)
        .Select(taken => ((int, int)?)(taken, counts[actual, taken])).MaxBy(pair => pair!.Value.Item2);

    /// <summary>The errors that were made most often.</summary>
    public IEnumerable<(int Actual, int Taken, int Count)> Most(int number) =>
        (from actual in Enumerable.Range(0, Classes)
         from taken in Enumerable.Range(0, Classes)
         where actual != taken && counts[actual, taken] > 0
         orderby counts[actual, taken] descending, actual, taken
         select (actual, taken, counts[actual, taken])).Take(number);
}
