using System.Numerics;

namespace Optim.Fingerprint;

/// <summary>Objectives of add, multiply and divide alone, so that their bits are the same everywhere.</summary>
internal static class Objectives
{
    /// <summary><c>sum of x^2 / (1 + |x|) + x^2 / 20</c>: a bowl, round within and steep without, whose gradient is nowhere linear and grows no faster than x.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="p">The point.</param>
    public static Tuple<double, TensorSet<T>> Bowl<T>(TensorSet<T> p)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T one = T.One, two = one + one, tenth = T.CreateTruncating(0.1);
        var share = p.Map(x => x / (one + T.Abs(x)));
        var slope = p.Map(x => (x * (two + T.Abs(x)) / ((one + T.Abs(x)) * (one + T.Abs(x)))) + (tenth * x));
        return Tuple.Create(p.Dot(share) + (0.05 * p.Dot(p)), slope);
    }
}
