using System.Diagnostics.CodeAnalysis;

namespace Optim.Laws;

/// <summary>Draws the ingredients of a case from one seed; the size, up to 100, bounds how many and how varied they are.</summary>
internal sealed class Draw(int seed, int size)
{
    private readonly Random random = new(seed);

    public int Size => size;

    public bool Coin() => random.Next(2) == 0;

    public bool OneIn(int n) => random.Next(n) == 0;

    /// <summary>From the first to the last, inclusive.</summary>
    public int Integer(int first, int last) => random.Next(first, last + 1);

    /// <summary>In [0, 1).</summary>
    public double Fraction() => random.NextDouble();

    public T Of<T>(params IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    /// <summary>A number of either sign: zeros of both signs, subnormals, magnitudes from 1e-30 to 1e30, and plain numbers.</summary>
    public double Wide() => random.Next(12) switch
    {
        0 => 0.0,
        1 => -0.0,
        2 => Sign() * Fraction() * 1e-40,
        3 or 4 or 5 => Sign() * (1 + Fraction()) * Math.Pow(10, Integer(-30, 30)),
        6 => Sign() * Integer(1, 3),
        _ => Plain(),
    };

    /// <summary>Within +-10.</summary>
    public double Plain() => Sign() * 10 * Fraction();

    /// <summary>Within three decades of 1, never near 0.</summary>
    public double Moderate() => Sign() * Math.Pow(10, (6 * Fraction()) - 3);

    /// <summary>0 to 300, with small lengths and lane boundaries more often.</summary>
    public int Length() => random.Next(4) switch
    {
        0 => Integer(0, 4),
        1 => Math.Max(0, (Of(4, 8, 16, 32, 64) * Integer(1, 4)) + Integer(-1, 1)),
        _ => Integer(0, 3 * size),
    };

    [SuppressMessage("Performance", "CA1822", Justification = "Reads as the other draws do.")]
    public double[] Numbers(int length, Func<double> number)
    {
        double[] numbers = new double[length];
        for (int i = 0; i < length; i++)
        {
            numbers[i] = number();
        }

        return numbers;
    }

    /// <summary>The lengths of one or a few tensors that add up to a total; some of them empty.</summary>
    public int[] Split(int total)
    {
        if (Coin())
        {
            return [total];
        }

        int[] cuts = [0, .. Enumerable.Range(0, Integer(1, 4)).Select(_ => Integer(0, total)).Order(), total];
        return [.. cuts.Zip(cuts.Skip(1), (from, to) => to - from)];
    }

    private double Sign() => Coin() ? 1 : -1;
}
