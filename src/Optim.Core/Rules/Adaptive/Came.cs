namespace Optim;

/// <summary>Adafactor with a mean of its steps, each element of which counts by how far steps agree with it.</summary>
/// <formula>
/// R = b2 R + (1 - b2) rowmean(g^2 + eps1), C likewise by columns; u = g / sqrt(R C^T / mean(R)) (matrices) or g / sqrt(v), v = b2 v + (1 - b2) (g^2 + eps1)
/// u = u / max(1, rms(u) / d)
/// m = b1 m + (1 - b1) u
/// r, c = means with b3 of row and column means of (u - m)^2 + eps2; u = m / sqrt(r c^T / mean(r)) (matrices) or m
/// p = (1 - lr wd) p - lr u
/// </formula>
/// <paper>Luo, Ren, Zheng, Jiang, Jiang and You 2023, CAME: Confidence-guided Adaptive Memory Efficient Optimization</paper>
/// <definition>The authors' code: no bias is corrected; of more axes than two the last two are factored.</definition>
/// <differs>kozistr scales the mean of vectors in place by lr, which spoils it.</differs>
/// <remarks>
/// The first steps, some 1 / sqrt(1 - b2) times too large, are held by the clip. Vectors and scalars have no confidence. Slots: <c>exp_avg_sq_row</c>, <c>exp_avg_sq_col</c>, <c>exp_avg_res_row</c>, <c>exp_avg_res_col</c>, empty for vectors;
/// <c>exp_avg_sq</c>, empty for all else; <c>exp_avg</c>. Gradients beyond 1e18 (in double precision 1e100), products of whose squares are infinite, may make parameters NaN.
/// </remarks>
[RegisteredRule("came", "CAME", StartingRate = 0.0003, IsElementwise = false, IsPerTensor = true, IsComputeBound = true)]
public sealed partial record Came : Rule
{
    private const int Rows = 0, Residuals = 2, Whole = 4, Mean = 5;

    /// <summary>lr, 0 or more. Default 0.0002.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule LearningRate { get; init; } = 2e-4;

    /// <summary>b1, in [0, 1). Default 0.9.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta1 { get; init; } = 0.9;

    /// <summary>b2, of the squares, in [0, 1). Default 0.999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta2 { get; init; } = 0.999;

    /// <summary>b3, of the residuals, in [0, 1). Default 0.9999.</summary>
    [Range(Bounds.UnitInterval)] public partial Schedule Beta3 { get; init; } = 0.9999;

    /// <summary>eps1, added to the squares, more than 0. Default 1e-30; in float at least 1e-38.</summary>
    [Range(Bounds.Positive)] public partial Schedule Epsilon { get; init; } = 1e-30;

    /// <summary>eps2, added to the squared residuals, more than 0. Default 1e-16.</summary>
    [Range(Bounds.Positive)] public partial Schedule ResidualEpsilon { get; init; } = 1e-16;

    /// <summary>d, the root mean square above which an update is shrunk to it; more than 0. Default 1.</summary>
    [Range(Bounds.Positive)] public partial Schedule ClipThreshold { get; init; } = 1;

    /// <summary>wd, decoupled weight decay, 0 or more. Default 0.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule WeightDecay { get; init; } = 0;

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
    [
        new("exp_avg_sq_row") { Dimensions = FactoredMeans.RowsOf }, new("exp_avg_sq_col") { Dimensions = FactoredMeans.ColumnsOf },
        new("exp_avg_res_row") { Dimensions = FactoredMeans.RowsOf }, new("exp_avg_res_col") { Dimensions = FactoredMeans.ColumnsOf },
        new("exp_avg_sq") { Dimensions = shape => FactoredMeans.IsFactored(shape) ? [0] : shape.Dimensions }, new("exp_avg"),
    ];

    /// <inheritdoc/>
    public override bool CountsSteps() => false;

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        var squares = new FactoredMeans(at.Beta2, at.Epsilon);
        var residuals = new FactoredMeans(at.Beta3, at.ResidualEpsilon);
        plan.ApplyToTensors(
            6,
            context =>
            {
                for (int i = 0; i < context.Layout.Count; i++)
                {
                    if (context.Layout[i].Length > 0)
                    {
                        Step(context, i, squares, residuals, at.Beta1, at.ClipThreshold);
                    }
                }
            },
            mayThrow: false);
        plan.ApplyAtRate(default(PassThrough<T>), at.LearningRate, at.WeightDecay);
    }

    private static void Step<T>(TensorStepContext<T> context, int tensor, FactoredMeans squares, FactoredMeans residuals, double beta1, double clip)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var shape = context.Layout[tensor];
        var update = context.ChangeUpdate().Slice(context.Layout.OffsetOf(tensor), shape.Length);
        double[] u = Array.ConvertAll(update.ToArray(), double.CreateTruncating);
        bool factored = FactoredMeans.IsFactored(shape);
        if (factored)
        {
            squares.Divide(context, tensor, Rows, u, u);
        }
        else
        {
            squares.DivideWhole(context.ChangeSlot(Whole).Slice(context.SlotLayout(Whole).OffsetOf(tensor), shape.Length), u);
        }

        double sum = 0;
        foreach (double value in u)
        {
            sum += value * value;
        }

        double divisor = Math.Max(1, Math.Sqrt(sum / u.Length) / clip);
        var mean = context.ChangeSlot(Mean).Slice(context.SlotLayout(Mean).OffsetOf(tensor), shape.Length);
        double[] means = new double[u.Length];
        for (int i = 0; i < u.Length; i++)
        {
            u[i] /= divisor;
            mean[i] = T.CreateTruncating((beta1 * double.CreateTruncating(mean[i])) + ((1 - beta1) * u[i]));
            means[i] = double.CreateTruncating(mean[i]);
            u[i] -= means[i];
        }

        if (factored)
        {
            residuals.Divide(context, tensor, Residuals, u, means);
        }

        for (int i = 0; i < u.Length; i++)
        {
            update[i] = T.CreateTruncating(means[i]);
        }
    }
}
