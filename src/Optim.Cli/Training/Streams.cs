namespace Optim.Cli.Training;

/// <summary>What each stream of random numbers is for: one that draws more does not change what the others draw.</summary>
internal static class Streams
{
    /// <summary>Which images are held out.</summary>
    public const int Split = 0;

    // Stream 1 is that of a network's initial weights.

    /// <summary>The order of the images in each epoch.</summary>
    public const int Batches = 2;

    /// <summary>What dropout leaves out.</summary>
    public const int Dropout = 3;

    private const int Count = 4;

    /// <summary>A stream for each step, so that a training resumed at any step draws what it would have drawn.</summary>
    /// <param name="step">The steps taken before.</param>
    public static int DropoutOf(long step) => checked((int)(Dropout + (Count * step)));

    /// <summary>Which of the images to train on are kept to choose hyperparameters by.</summary>
    public const int Validation = 4;
}
