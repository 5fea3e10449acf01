namespace Optim;

/// <summary>AdaGrad whose sums are kept by rows, columns and so on: an element's is the least of those that cover it.</summary>
/// <formula>
/// a = min over axes k of A_k + g^2; A_k = max of a over the other axes
/// u = g / sqrt(a + eps), 0 where a is
/// m = mu m + (1 - mu) u
/// p = p - lr m
/// (Beta above 0: a = beta min + (1 - beta) g^2, A_k = max(A_k, max of a))
/// </formula>
/// <paper>Anil, Gupta, Koren and Singer 2019, Memory-Efficient Adaptive Optimization (SM3-II)</paper>
/// <definition>Optax's scale_by_sm3 with b2 = 1; with Beta PyTorch-SM3.</definition>
/// <differs>Optax with b2 below 1 replaces A_k where PyTorch-SM3 takes the maximum. kozistr never updates those of scalars. The paper has no epsilon.</differs>
/// <remarks>Slots: <c>accumulators</c>, those of all axes of a tensor in a row; <c>momentum_buffer</c> (m).</remarks>
[RegisteredRule("sm3", "SM3", StartingRate = 0.1, IsElementwise = false, IsPerTensor = true, IsComputeBound = true)]
public sealed partial record Sm3 : Rule
{
    /// <summary>lr, 0 or more. Default 0.1.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 0.1;

    /// <summary>mu, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Momentum { get; init; } = 0.9;

    /// <summary>beta, how much of the sums stays, in [0, 1). Default 0, which stands for all of it: sums, not means.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta { get; init; } = 0;

    /// <summary>eps, added under the root, 0 or more. Default 1e-8.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule Epsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
        [new("accumulators") { Dimensions = shape => [shape.Length == 0 ? 0 : Math.Max(shape.Dimensions.Sum(), 1)] }, new("momentum_buffer")];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        plan.ApplyToTensors(
            2,
            context =>
            {
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    var shape = context.Layout[i];
                    var accumulators = context.ChangeSlot(0).Slice(context.SlotLayout(0).OffsetOf(i), context.SlotLayout(0)[i].Length);
                    Divide(
                        context.ChangeUpdate().Slice(context.Layout.OffsetOf(i), shape.Length), accumulators,
                        shape.Dimensions.Count == 0 ? [1] : [.. shape.Dimensions], at.Beta, at.Epsilon);
                }

                context.Then(new MovingMeanFormula<T>(at.Momentum), firstSlot: 1);
            },
            mayThrow: false);
        plan.Apply(new ScaleFormula<T>(at.LearningRate));
    }

    private static void Divide<T>(Span<T> update, Span<T> accumulators, int[] dimensions, double beta, double epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] before = Array.ConvertAll(accumulators.ToArray(), double.CreateTruncating), after = beta == 0 ? new double[before.Length] : [.. before];
        int[] index = new int[dimensions.Length], first = new int[dimensions.Length];
        for (int axis = 1; axis < first.Length; axis++)
        {
            first[axis] = first[axis - 1] + dimensions[axis - 1];
        }

        foreach (ref T value in update)
        {
            double least = double.PositiveInfinity, gradient = double.CreateTruncating(value);
            for (int axis = 0; axis < index.Length; axis++)
            {
                least = Math.Min(least, before[first[axis] + index[axis]]);
            }

            double sum = beta == 0 ? least + (gradient * gradient) : (beta * least) + ((1 - beta) * gradient * gradient);
            for (int axis = 0; axis < index.Length; axis++)
            {
                ref double largest = ref after[first[axis] + index[axis]];
                largest = Math.Max(largest, sum);
            }

            value = T.CreateTruncating(sum == 0 ? 0 : gradient / Math.Sqrt(sum + epsilon));
            for (int axis = index.Length - 1; axis >= 0 && ++index[axis] == dimensions[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        if (!update.IsEmpty)
        {
            for (int i = 0; i < after.Length; i++)
            {
                accumulators[i] = Exact.Saturated<T>(after[i]);
            }
        }
    }
}
