using System.Numerics;
using Optim.Properties.Checking;

namespace Optim.Properties.Composing;

/// <summary>A bowl, times a scale, whose gradient is not finite at some of the evaluations.</summary>
/// <param name="isBad">Whether an evaluation is, by its number, from 0.</param>
internal sealed class Unreliable<T>(Func<int, bool> isBad)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public int Evaluations { get; private set; }

    public double Scale { get; set; } = 1;

    public Tuple<double, TensorSet<T>> At(TensorSet<T> p)
    {
        var (loss, gradient) = Bowl.Objective(p);
        gradient = gradient.Scale(T.CreateTruncating(Scale));
        if (isBad(Evaluations++) && p.Length > 0)
        {
            T[] values = gradient.ToArray();
            values[^1] = p.Length % 2 == 0 ? T.NaN : T.NegativeInfinity;
            gradient = TensorSet.OfValues<T>(p.Layout, values);
        }

        return Tuple.Create(Scale * loss, gradient);
    }
}
