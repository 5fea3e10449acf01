namespace Optim.Cli.Training;

/// <summary>The random streams by purpose: more draws from one do not affect the others.</summary>
internal static class Streams
{
    // Stream 0 is that of what is held out (HoldOut), 1 that of a network's initial weights.

    /// <summary>The order of the images in each epoch.</summary>
    public const int Batches = 2;

    /// <summary>The dropout masks.</summary>
    public const int Dropout = 3;

    private const int Count = 4;

    /// <summary>A stream for each step, so that a run resumed at any step draws the same numbers.</summary>
    /// <param name="step">The steps taken before.</param>
    public static int DropoutOf(long step) => checked((int)(Dropout + (Count * step)));

    /// <summary>Which of the training images are used for validation.</summary>
    public const int Validation = 4;
}
