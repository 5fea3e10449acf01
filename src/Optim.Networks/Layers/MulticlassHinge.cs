using System.Globalization;
using System.Numerics;

namespace Optim.Networks.Layers;

/// <summary>
/// <c>sum over j != label of max(0, 1 + z[j] - z[label])</c>, and <c>penalty / 2</c> times the sum of the squared weights: the support vector
/// machine for several classes of Weston and Watkins (1999), which sums over all other classes. (Crammer and Singer 2001 use only the worst.)
/// </summary>
/// <param name="penalty">The factor of the penalty, 0 or more. Biases are not penalised.</param>
internal sealed class MulticlassHinge<T>(double penalty) : LossFunction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Description { get; } = string.Create(CultureInfo.InvariantCulture, $"multiclass hinge, L2 {penalty}");

    /// <inheritdoc/>
    public override double WeightPenalty => penalty;

    /// <inheritdoc/>
    public override double Differentiate(Span<T> scores, int label, T target)
    {
        double labelled = double.CreateTruncating(scores[label]), loss = 0;
        int violated = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            double margin = 1 + double.CreateTruncating(scores[i]) - labelled;

            // A NaN counts as one, so that a run that diverged shows.
            bool violates = i != label && !(margin <= 0);
            loss += violates ? margin : 0;
            violated += violates ? 1 : 0;
            scores[i] = violates ? T.One : T.Zero;
        }

        scores[label] = T.CreateTruncating(-violated);
        return loss;
    }
}
