namespace Optim.Networks;

/// <summary>Random numbers that depend only on a seed and a stream: SplitMix64 (Steele, Lea and Flood 2014).</summary>
/// <remarks><see cref="Random"/> documents that a seed's sequence may change between versions of .NET; this one may not.</remarks>
public sealed class SeededRandom
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong state;

    /// <summary>A generator before its first number.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="stream">Streams of the same seed are independent, so that draws from one do not affect another.</param>
    public SeededRandom(long seed, int stream)
    {
        state = unchecked((ulong)seed);
        state = NextBits() + unchecked((ulong)stream * GoldenGamma);
        state = NextBits();
    }

    /// <summary>A number in [0, 1), with 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1L << 53));

    /// <summary>The numbers from 0 to <paramref name="count"/> - 1 in random order (Fisher-Yates). It draws <paramref name="count"/> - 1 numbers.</summary>
    /// <param name="count">The count; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0.</exception>
    public IReadOnlyList<int> Permutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = (int)Math.BigMul(NextBits(), (ulong)i + 1, out _);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return Array.AsReadOnly(order);
    }

    /// <summary>Skips numbers, as if they had been drawn.</summary>
    /// <param name="count">The count; 0 or more.</param>
    /// <returns>This generator.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0.</exception>
    public SeededRandom Skip(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        state += unchecked((ulong)count * GoldenGamma);
        return this;
    }

    private ulong NextBits()
    {
        unchecked
        {
            ulong z = state += GoldenGamma;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
