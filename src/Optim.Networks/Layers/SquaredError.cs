using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary><c>(z - y)^2</c>; its gradient is <c>2 (z - y)</c>.</summary>
internal sealed class SquaredError<T> : LossFunction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Description => "squared error";

    /// <inheritdoc/>
    public override bool IsRegression => true;

    /// <inheritdoc/>
    public override double Differentiate(Span<T> scores, int label, T target)
    {
        var distance = scores[0] - target;
        scores[0] = distance + distance;
        return double.CreateTruncating(distance) * double.CreateTruncating(distance);
    }
}
