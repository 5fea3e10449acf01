using System.Numerics;

namespace Optim.Fingerprint;

/// <summary>Random numbers by whole-number arithmetic alone, of the same bits everywhere and in every version of .NET: SplitMix64 (Steele, Lea and Flood 2014).</summary>
/// <param name="seed">What the numbers follow from.</param>
internal sealed class Draw(long seed)
{
    private static readonly double[] Magnitudes = [0, 1e-4, 1e-2, 1, 1, 1, 10];

    private ulong state = (ulong)seed;

    /// <summary>A whole number from 0 to below <paramref name="count"/>.</summary>
    /// <param name="count">1 or more.</param>
    public int Below(int count) => (int)(Next() % (ulong)count);

    /// <summary>A set of numbers of different magnitudes and exact zeros, all within 10 of 0.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="layout">The set's layout.</param>
    public TensorSet<T> Usual<T>(Layout layout)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        TensorSet.Generate(layout, _ => T.CreateTruncating(Symmetric() * Magnitudes[Below(Magnitudes.Length)]));

    /// <summary>A set of numbers at the ends of the number line, some of them not finite or not.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="layout">The set's layout.</param>
    /// <param name="finite">Whether all are finite.</param>
    public TensorSet<T> Extreme<T>(Layout layout, bool finite)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool single = typeof(T) == typeof(float);
        T least = T.CreateTruncating(single ? 1.17549435e-38 : 2.2250738585072014e-308), most = T.CreateTruncating(single ? float.MaxValue : double.MaxValue);
        T root = T.CreateTruncating(single ? 1.5e19 : 1.3e154), far = T.CreateTruncating(single ? 1e25 : 1e200);
        T[] magnitudes = [T.Zero, T.Epsilon, T.Epsilon * T.CreateTruncating(1000), least, T.One / root, T.One, T.One, root, far, most];
        T[] infinite = [T.NaN, T.PositiveInfinity];
        return TensorSet.Generate(layout, _ =>
        {
            T number = finite || Below(8) > 0 ? magnitudes[Below(magnitudes.Length)] : infinite[Below(infinite.Length)];
            return Below(2) == 0 ? number : -number;
        });
    }

    /// <summary>Uniform in [-1, 1).</summary>
    public double Symmetric() => ((Next() >> 11) * (1.0 / (1L << 52))) - 1;

    private ulong Next()
    {
        ulong x = state += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
