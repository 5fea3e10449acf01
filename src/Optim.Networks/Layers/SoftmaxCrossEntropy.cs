using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary><c>log(sum(exp(z))) - z[label]</c>, in nats; its gradient is <c>softmax(z) - onehot(label)</c>.</summary>
/// <remarks>Computed in double, and with the same bits on every machine.</remarks>
internal sealed class SoftmaxCrossEntropy<T> : LossFunction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Description => "softmax cross-entropy";

    /// <inheritdoc/>
    public override double Differentiate(Span<T> scores, int label, T target)
    {
        double largest = double.CreateTruncating(scores[0]);
        for (int i = 1; i < scores.Length; i++)
        {
            largest = Math.Max(largest, double.CreateTruncating(scores[i]));
        }

        double labelled = double.CreateTruncating(scores[label]) - largest, sum = 0;
        Span<double> powers = scores.Length <= 64 ? stackalloc double[scores.Length] : new double[scores.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            powers[i] = Reproducible.Exp(double.CreateTruncating(scores[i]) - largest);
            sum += powers[i];
        }

        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = T.CreateTruncating((powers[i] / sum) - (i == label ? 1 : 0));
        }

        return Reproducible.Log(sum) - labelled;
    }
}
