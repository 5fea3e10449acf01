namespace Optim.Networks;

/// <summary>The split of examples into those to train on and those that are held out, at random by a seed: the same for images, tables and the digits.</summary>
internal static class HoldOut
{
    // A stream of its own: an order of batches or initial weights of the same seed have nothing to do with it.
    private const int Stream = 0;

    /// <summary>The numbers of the examples to train on, and of those held out.</summary>
    /// <param name="count">The number of examples.</param>
    /// <param name="fraction">The fraction to hold out, in (0, 1).</param>
    /// <param name="seed">Determines which.</param>
    /// <param name="things">What they are: an image, images.</param>
    /// <param name="refused">The error for a fraction that leaves none to train or to test on, from what the fraction must do and what it was.</param>
    public static (int[] Training, int[] Test) Of(int count, double fraction, long seed, (string One, string Many) things, Func<string, Exception> refused)
    {
        int held = (int)Math.Round(fraction * count);
        if (held < 1 || held >= count)
        {
            throw refused(FormattableString.Invariant($"must leave {things.One} to train on and one to test on, was {fraction} of {count} {things.Many}: {held}."));
        }

        return Of(count, held, seed);
    }

    /// <summary>The numbers of the examples to train on, and of those held out.</summary>
    /// <param name="count">The number of examples.</param>
    /// <param name="held">How many to hold out.</param>
    /// <param name="seed">Determines which.</param>
    public static (int[] Training, int[] Test) Of(int count, int held, long seed)
    {
        int[] order = [.. new SeededRandom(seed, Stream).Permutation(count)];
        return (order[held..], order[..held]);
    }
}
