namespace Optim.Lanes;

/// <summary>
/// Random numbers by their position: each is a function of seed, step, stream and index alone, so that neither the order of draws nor the number of
/// threads matters. SplitMix64's finalizer (Steele, Lea and Flood 2014) on a counter; the same bits on every machine.
/// </summary>
/// <param name="seed">Any number.</param>
/// <param name="step">The number of the step, epoch or trial.</param>
/// <param name="stream">Streams of the same seed and step are independent.</param>
public readonly struct CounterRandom(long seed, long step, long stream)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private readonly ulong origin = Mixed(Mixed(Mixed((ulong)seed) + (ulong)step) + (ulong)stream);

    /// <summary>Uniform in [-1, 1), a multiple of 2^-52.</summary>
    /// <param name="index">Which number.</param>
    public double Symmetric(long index) => ((Mixed(origin + (ulong)index) >> 11) * double.ScaleB(1, -52)) - 1;

    /// <summary>Standard normal, within 8.3 of 0.</summary>
    /// <param name="index">Which number; not independent of <see cref="Symmetric"/> at the same index.</param>
    public double Normal(long index) => Lanes.Normal.Quantile(AroundZero(index));

    /// <summary>The numbers of <see cref="Normal(long)"/> from an index on, to the bit, in a fraction of the time.</summary>
    /// <param name="first">The first number's index.</param>
    /// <param name="target">Receives them.</param>
    internal void Normals(long first, Span<double> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = AroundZero(first + i);
        }

        Lanes.Normal.Quantiles(target);
    }

    // Odd multiples of 2^-53, exact in between -1/2 and 1/2 and never at either.
    private double AroundZero(long index) => (((long)(Mixed(origin + (ulong)index) >> 12) + 0.5) * double.ScaleB(1, -52)) - 0.5;

    /// <summary>A tensor's name as the number of a stream: FNV-1a over its UTF-16 units, since a string's own hash differs from process to process.</summary>
    /// <param name="name">The name.</param>
    /// <param name="purpose">What the numbers are for: the same seed and name give other numbers for another purpose. Empty for noise on the update.</param>
    internal static long StreamOf(string name, string purpose = "")
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char unit in purpose.Length == 0 ? name : $"{purpose}\uFFFF{name}")
        {
            hash = (hash ^ unit) * 0x100000001B3;
        }

        return (long)hash;
    }

    private static ulong Mixed(ulong x)
    {
        x += Golden;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
